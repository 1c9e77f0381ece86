/** `run-jobs.ts <database url> <event store url>`: one alert tick and one pass of lead matching. For crash tests. */
import { connectEventStore } from '../../eventstore/event-store.ts';
import { systemClock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/database.ts';
import { createLogger } from '../../platform/log.ts';
import { runAlertTick } from '../../schedulers/alerts/run-alert-tick.ts';
import { runLeadMatching } from '../../schedulers/lead-offers/run-lead-matching.ts';

const [, , databaseUrl, eventStoreUrl] = process.argv;
const { db } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test' });
const store = connectEventStore(eventStoreUrl!);
const deps = { db, store, clock: systemClock, log: createLogger({ level: 'silent' }) };
console.log('ready');
const tick = await runAlertTick({ ...deps, baseUrl: 'https://crm.example.com' });
const pass = await runLeadMatching({ ...deps, timeZone: 'UTC' });
console.log(JSON.stringify({ tick, pass }));
process.exit(0);
