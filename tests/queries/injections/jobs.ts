import { noteOrigin } from '../../../eventstore/origin.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { checkBooks } from '../../../schedulers/check-books.ts';
import { runJob } from '../../../schedulers/job-run.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import type { World } from '../../history/support.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { bySql, type Injection, run } from './injection.ts';

const deps = ({ db, store }: World) => ({
  db,
  store,
  clock: systemClock,
  log: createLogger({ level: 'silent' }),
  baseUrl: 'https://crm.example.com',
  timeZone: 'America/New_York',
});

const jobRun = (columns: string, values: string) =>
  `insert into ops.job_run (job, scheduled_for, trigger, lease_token, ${columns}) values (${values})`;
const noRuns = 'delete from ops.job_run';
const forgotten = ({ db }: World) => run(db, noRuns);

/** What goes wrong with jobs. Where a condition is about time that has passed, the run is recorded as of then. */
export const jobInjections: Readonly<Record<string, Injection>> = {
  'job-failed': {
    how: 'A table that the alerts need is missing, and they run.',
    exitCode: 1,
    inject: async (world) => {
      await run(world.db, 'alter table ops.alert_pending rename to alert_pending_gone');
      await runJob(alerts, deps(world)).then(
        () => Promise.reject(new Error('the alerts ran')),
        () => {},
      );
    },
    repair: ({ db }) => run(db, 'alter table ops.alert_pending_gone rename to alert_pending', noRuns),
  },
  'job-overlong': bySql(
    'A run of the alerts has been in progress for an hour.',
    1,
    [jobRun('started_at', `'alerts', now() - interval '1 hour', 'schedule', 1, now() - interval '1 hour'`)],
    [noRuns],
  ),
  'job-overdue': bySql(
    'The last run of the alerts was three days ago.',
    1,
    [
      noRuns,
      jobRun(
        'started_at, finished_at, result',
        `'alerts', now() - interval '3 days', 'schedule', 1, now() - interval '3 days', now() - interval '3 days', 'succeeded'`,
      ),
    ],
    [noRuns],
  ),
  'books-differ': {
    how: 'A message is on record as being sent, but not by whom, and the books are checked.',
    exitCode: 1,
    inject: async (world) => {
      await run(
        world.db,
        `insert into ops.outbox (dedupe_key, channel, kind, recipient, message, state)
         values ('stuck', 'email', 'alert-digest', 'ana@example.com', '{}', 'sending')`,
      );
      await runJob(checkBooks, deps(world));
      await run(world.db, `delete from ops.outbox where dedupe_key = 'stuck'`);
    },
    repair: forgotten,
  },
  'time-ahead': {
    how: 'The alerts run on a machine whose clock is a year ahead.',
    exitCode: 3,
    inject: (world) =>
      runJob(alerts, { ...deps(world), clock: fixedClock(new Date(Date.now() + 365 * 86_400_000).toISOString()) }),
    repair: forgotten,
  },
  'leads-without-agent': {
    how: 'A new lead looks for a home where no agent works, and leads are matched.',
    exitCode: 3,
    inject: async (world) => {
      await noteOrigin(world.db, world.store); // what was there before is history, and is not offered
      await world.tell('agent', 'a1', { type: 'RecordAgent', memberKey: 'a1', fields: { cities: ['Boca Raton'] } });
      await world.tell('lead', 'c10', {
        type: 'RecordLead',
        contactKey: 'c10',
        fields: { email: 'eve@example.com', cities: ['Key West'], leadStage: 'New' },
      });
      await world.catchUp();
      await runJob(leadOffers, deps(world));
    },
    repair: async (world) => {
      await world.tell('lead', 'c10', { type: 'AssignLead', ownerMemberKey: 'a1' });
      await world.catchUp();
      await forgotten(world);
    },
  },
};
