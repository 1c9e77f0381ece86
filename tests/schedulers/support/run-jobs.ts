/** `run-jobs.ts <database url> <event store url>`: one alert tick and one run of lead matching. For crash tests. */
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { systemClock } from '../../../platform/clock.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';

const [, , databaseUrl, eventStoreUrl] = process.argv;
const { db } = openDatabase<unknown>(databaseUrl!, { applicationName: 'test' });
const store = connectEventStore(eventStoreUrl!);
const deps = { db, store, clock: systemClock, log: createLogger({ level: 'silent' }) };
console.log('ready');
const tick = await runJob(alerts, { ...deps, baseUrl: 'https://crm.example.com' });
const pass = await runJob(leadOffers, { ...deps, timeZone: 'UTC' });
console.log(JSON.stringify({ tick, pass }));
process.exit(0);
