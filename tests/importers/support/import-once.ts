import { connectEventStore } from '../../../eventstore/event-store.ts';
import { importDump } from '../../../importers/import-dump.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { now } from './importer.ts';

/** One import in its own process, for the test that kills it. Arguments: database, event store, folder. */
const [databaseUrl, eventStoreUrl, folder] = process.argv.slice(2);
const { db, close } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test import' });
const store = connectEventStore(eventStoreUrl!);
await importDump({ db, store, clock: fixedClock(now) }, folder!);
await Promise.all([close(), store.close()]);
