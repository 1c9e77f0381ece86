import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { LeaseLost } from '../../../platform/lease/lease.ts';
import type { JobRun } from '../../../schedulers/define-job.ts';
import { jobs } from '../../../schedulers/jobs.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { endConnectionOf, takeFromHolder } from '../../support/postgres/leases.ts';
import { until } from '../../support/until.ts';
import { openWorld } from '../support/world.ts';

for (const { name: job } of jobs) {
  test(`a run of ${job} that loses its lease commits nothing more, stops, and is closed by the next`, async (t) => {
    const world = await openWorld(t);
    await sql`create table written (n integer)`.execute(world.db);
    const count = async () =>
      (await sql<{ count: number }>`select count(*)::int as count from written`.execute(world.db)).rows[0]!.count;
    let stopped = false;
    const at = (scheduledFor: string) => ({ scheduledFor: new Date(scheduledFor), trigger: 'person' as const });
    const run = async (scheduledFor: string, lose: () => Promise<void>) => {
      const work = async ({ db, signal }: JobRun) => {
        const losing = lose();
        while (!signal.aborted) {
          await db
            .transaction()
            .execute((transaction) => sql`insert into written values (1)`.execute(transaction))
            .catch((error: unknown) => assert.ok(error instanceof LeaseLost || signal.aborted, String(error)));
          await sleep(5);
        }
        await losing;
        stopped = true;
        return { counts: {} };
      };
      return await runJob({ name: job, counts: {}, run: work }, world.deps, at(scheduledFor));
    };

    let atTheLoss = 0;
    await assert.rejects(
      run('2026-01-01', async () => {
        await until('it writes', async () => (await count()) > 0);
        await takeFromHolder(world.db, `job/${job}`);
        atTheLoss = await count();
      }),
      LeaseLost,
    );
    assert.ok(stopped);
    assert.equal(await count(), atTheLoss);

    await assert.rejects(
      run('2026-01-02', () => endConnectionOf(world.db, `job/${job}`)),
      LeaseLost,
    );
    await runJob({ name: job, counts: {}, run: async () => ({ counts: {} }) }, world.deps, at('2026-01-03'));
    const { rows } = await sql<{ result: string }>`
      select result from ops.job_run where job = ${job} order by scheduled_for`.execute(world.db);
    assert.deepEqual(
      rows.map(({ result }) => result),
      ['failed', 'failed', 'succeeded'],
    );
  });
}
