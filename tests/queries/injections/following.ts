import { sql } from 'kysely';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { followLegacy } from '../../../schedulers/old-crm/follow-legacy.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import type { World } from '../../history/support.ts';
import { type Injection, run } from './injection.ts';

const source = 'mongodb://127.0.0.1:1/legacy';
const deleteRows = ({ db }: World) => run(db, 'delete from ops.import_follow', 'delete from ops.import_follow_source');

/** A collection of 20,000 documents as following leaves it, a minute ago, but for these columns. */
const followed = async ({ db }: World, different: string): Promise<void> => {
  await sql`insert into ops.import_follow_source (source, attempted_at, followed_at)
    values (${source}, clock_timestamp(), clock_timestamp())`.execute(db);
  await sql`insert into ops.import_follow (source, collection, passed_at, polled_at, swept_at, documents, not_indexed)
    select ${source}, 'properties', ago, ago, ago, 20000, '{}' from (select clock_timestamp() - interval '1 minute' as ago) as time`.execute(
    db,
  );
  await run(db, `update ops.import_follow set ${different}`);
};

/** What goes wrong with following the old CRM. */
export const followingInjections: Readonly<Record<string, Injection>> = {
  'legacy-unreachable': {
    how: 'Following runs, and nothing listens at the address of the MongoDB.',
    exitCode: 1,
    inject: async ({ db, store }) => {
      const legacy = {
        mongoUrl: `${source}?serverSelectionTimeoutMS=200`,
        mapping: undefined,
        lagMs: 0,
        sweepEveryMs: 1,
        compareEveryMs: 1,
        maxGoneShare: 0,
        quarantineLimit: { share: 1, least: 50 },
      };
      const deps = { db, store, clock: systemClock, log: createLogger({ level: 'silent' }) };
      await runJob(followLegacy, { ...deps, legacy }).then(
        () => Promise.reject(new Error('following succeeded')),
        () => {},
      );
    },
    repair: deleteRows,
  },
  'legacy-behind': {
    how: 'A change that is seen is not applied for an hour: its time in ops.import_follow is in the past.',
    exitCode: 1,
    inject: (world) => followed(world, `waiting_since = clock_timestamp() - interval '1 hour'`),
    repair: deleteRows,
  },
  'legacy-deletions-waiting': {
    how: 'The second sweep finds that 500 of 20,000 documents are gone, as ops.import_follow then says.',
    exitCode: 3,
    inject: (world) => followed(world, 'gone_waiting = 500'),
    repair: deleteRows,
  },
  'legacy-sweep-overdue': {
    how: 'The last sweep was a day ago: its time in ops.import_follow is in the past.',
    exitCode: 3,
    inject: (world) => followed(world, `swept_at = clock_timestamp() - interval '1 day'`),
    repair: deleteRows,
  },
  'legacy-not-indexed': {
    how: 'A sweep finds no index on the date of the last change, as ops.import_follow then says.',
    exitCode: 0,
    inject: (world) => followed(world, `not_indexed = '{updatedAt}'`),
    repair: deleteRows,
  },
};
