import { connectEventStore } from '../../../eventstore/event-store.ts';
import { importDump } from '../../../importers/import-dump.ts';
import { isMongoUrl } from '../../../importers/mongo/connect.ts';
import { importMongo } from '../../../importers/mongo/import-mongo.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { now } from './importer.ts';

/** One import in its own process, for the test that kills it. Arguments: database, event store, and a folder or the address of a MongoDB. */
const [databaseUrl, eventStoreUrl, source] = process.argv.slice(2);
const { db, close } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test import' });
const store = connectEventStore(eventStoreUrl!);
const importAny = isMongoUrl(source!) ? importMongo : importDump;
await importAny({ db, store, clock: fixedClock(now) }, source!);
await Promise.all([close(), store.close()]);
