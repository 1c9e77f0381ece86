/**
 * `run-week.ts <database url> <event store url> <config as JSON> <time>`: routes leads and sends messages until it is
 * killed, by a clock that starts at that time. It prints a line after each thing it did. For crash tests.
 */
import { openTransports } from '../../../delivery/sending/transports.ts';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { catchUp } from '../../../projections/index.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { leadMessages } from '../../../schedulers/lead-messages/job.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';

const [, , databaseUrl, eventStoreUrl, config, time] = process.argv;
const { db } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test' });
const store = connectEventStore(eventStoreUrl!);
const ahead = Date.parse(time!) - Date.now();
const clock = { now: () => new Date(Date.now() + ahead) };
const log = createLogger({ level: 'silent' });
const deps = { db, store, clock, log, timeZone: 'America/New_York' };
const transports = await openTransports(db, JSON.parse(config!));
const parts = [
  () => catchUp({ db, store, log }),
  () => runJob(leadOffers, deps),
  () => runJob(leadMessages, deps),
  () => deliverOutbox({ ...deps, transports }),
];
for (;;) {
  for (const part of parts) {
    await part();
    console.log('did one thing');
  }
}
