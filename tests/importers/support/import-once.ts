import { connectEventStore } from '../../../eventstore/event-store.ts';
import { importAny } from '../../../importers/import-any.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { now } from './importer.ts';

/** One import in its own process, for the test that kills it. Arguments: database, event store, and a folder or the address of a MongoDB. */
const [databaseUrl, eventStoreUrl, source] = process.argv.slice(2);
const { db, close } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test import' });
const store = connectEventStore(eventStoreUrl!);
await importAny({ db, store, clock: fixedClock(now) }, source!);
await Promise.all([close(), store.close()]);
