import { sql } from 'kysely';
import { noteOrigin } from '../../../eventstore/positions/origin.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { alerts } from '../../../schedulers/alerts/job.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { checkBooks } from '../../../schedulers/upkeep/check-books.ts';
import type { World } from '../../history/support.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { holdLock } from '../hold-table.ts';
import { type Injection, run } from './injection.ts';

const deps = ({ db, store }: World) => ({
  db,
  store,
  clock: systemClock,
  log: createLogger({ level: 'silent' }),
  baseUrl: 'https://crm.example.com',
  timeZone: 'America/New_York',
});

const noRuns = 'delete from ops.job_run';
const forgotten = ({ db }: World) => run(db, noRuns);

const alertRuns = async ({ db }: World, which: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ops.job_run where job = 'alerts' and ${sql.raw(which)}`.execute(db);
  return rows[0]!.count;
};

/** Moves the times of all runs of the alerts into the past. */
const timePasses = ({ db }: World, time: string) =>
  run(
    db,
    `update ops.job_run set scheduled_for = scheduled_for - interval '${time}',
       started_at = started_at - interval '${time}', finished_at = finished_at - interval '${time}'
     where job = 'alerts'`,
  );

/** What goes wrong with jobs. */
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
  'job-overlong': {
    how: 'A run of the alerts hangs in a lock, and an hour passes: its start is moved into the past.',
    exitCode: 1,
    inject: async (world) => {
      const lock = await holdLock(world.databaseUrl, 'ops.alert_cursor');
      const run = runJob(alerts, deps(world));
      await until('the run to be under way', async () => (await alertRuns(world, `result = 'running'`)) > 0);
      await timePasses(world, '1 hour');
      return { lock, run };
    },
    repair: async (world, injected) => {
      const { lock, run } = injected as { lock: { release(): Promise<void> }; run: Promise<unknown> };
      await lock.release();
      await run;
      await forgotten(world);
    },
  },
  'job-overdue': {
    how: 'The alerts run once, and then not for three days: the times of the run are moved into the past.',
    exitCode: 1,
    inject: async (world) => {
      await forgotten(world);
      await runJob(alerts, deps(world));
      await timePasses(world, '3 days');
    },
    repair: forgotten,
  },
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
    how: 'The broker leaves, a new lead looks for a home where no agent works, and leads are matched.',
    exitCode: 3,
    inject: async (world) => {
      await noteOrigin(world.db, world.store); // what was there before is history, and is not offered
      await world.tell('agent', 'a1', { type: 'RecordAgent', memberKey: 'a1', fields: { cities: ['Boca Raton'] } });
      await world.tell('agent', 'b1', { type: 'RecordAgent', memberKey: 'b1', fields: { memberStatus: 'Inactive' } });
      await world.tell('lead', 'c10', {
        type: 'RecordLead',
        contactKey: 'c10',
        fields: { email: 'eve@example.com', cities: ['Key West'], leadStage: 'New' },
      });
      await world.catchUp();
      await runJob(leadOffers, deps(world));
    },
    repair: async (world) => {
      await world.tell('agent', 'b1', { type: 'RecordAgent', memberKey: 'b1', fields: { memberStatus: 'Active' } });
      await world.tell('lead', 'c10', { type: 'AssignLead', ownerMemberKey: 'a1' });
      await world.catchUp();
      await forgotten(world);
    },
  },
};
