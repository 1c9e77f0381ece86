import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { readJobRuns, readJobs } from '../../../queries/jobs/jobs.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { type Occasion, runJob } from '../../../schedulers/running/job-run.ts';
import { openWorld, type World } from '../support/world.ts';

/** Runs lead offers in slots 15 seconds apart, each with its error, or `null`. */
const run = async (world: World, failures: readonly (string | null)[], trigger: Occasion['trigger'] = 'schedule') => {
  const reports: unknown[] = [];
  const deps = { ...world.deps, errors: { report: (error: unknown) => reports.push(error) } as never };
  for (const failure of failures) {
    world.clock.advance(15_000);
    const work = async () => {
      if (failure !== null) throw new Error(failure);
      return { counts: { offered: 1 } };
    };
    const running = runJob({ ...leadOffers, run: work }, deps, { scheduledFor: world.clock.now(), trigger });
    await (failure === null ? running : assert.rejects(running, { message: failure }));
  }
  return reports.length;
};

const runs = async ({ db }: World) => {
  const { rows } = await sql<{ result: string; error: string | null; failures: number }>`
    select result, error, failures from ops.job_run order by job_run_id`.execute(db);
  return rows.map(({ result, error, failures }) => [result, error, failures]);
};

test('a job that keeps failing in the same way has one row, and is reported once', async (t) => {
  const world = await openWorld(t);
  const reports = await run(world, ['ends at 10', 'ends at 10', 'ends at 12']);
  assert.deepEqual(await runs(world), [['failed', 'ends at 12', 3]]);
  assert.equal(reports, 1);
  const [job] = (await readJobs(world.db)).filter(({ lastRun }) => lastRun !== null);
  assert.equal(job?.lastRun?.failures, 3);
  assert.ok(job.lastRun.failingSince! < job.lastRun.startedAt);
  assert.deepEqual(job.lastRun.scheduledFor, world.clock.now(), 'the slot of the newest is taken');
  assert.deepEqual([job.lastDay.runs, job.lastDay.failed], [3, 3]);
});

test('a different failure, or one after a successful run, has a new row', async (t) => {
  const world = await openWorld(t);
  await run(world, ['away', 'away', 'full', null, 'full', 'full']);
  assert.deepEqual(await runs(world), [
    ['failed', 'away', 2],
    ['failed', 'full', 1],
    ['succeeded', null, 0],
    ['failed', 'full', 2],
  ]);
});

test('each failed run that a person asked for is kept', async (t) => {
  const world = await openWorld(t);
  await run(world, ['away', 'away'], 'person');
  assert.equal((await runs(world)).length, 2);
});

test('runs that found nothing to do are left out of the newest when asked, but for the latest', async (t) => {
  const world = await openWorld(t);
  for (const offered of [1, 0, 0, 2, 0, 0]) {
    world.clock.advance(15_000);
    const job = { ...leadOffers, run: async () => ({ counts: { offered } }) };
    await runJob(job, world.deps, { scheduledFor: world.clock.now(), trigger: 'schedule' });
  }
  const offeredBy = async (idle: boolean) =>
    (await readJobRuns(world.db, { limit: 2, idle })).map(({ counts }) => counts.offered);
  assert.deepEqual(await offeredBy(true), [0, 0]);
  assert.deepEqual(await offeredBy(false), [0, 2, 1]);
});

test('a run that ends because its process is being stopped is interrupted, not failed, and nobody is alarmed', async (t) => {
  const world = await openWorld(t);
  const stop = new AbortController();
  const reports: unknown[] = [];
  const deps = {
    ...world.deps,
    signal: stop.signal,
    errors: { report: (error: unknown) => reports.push(error) } as never,
  };
  const work = async ({ signal }: { signal: AbortSignal }) => {
    stop.abort(new Error('stopped by SIGTERM'));
    signal.throwIfAborted();
    return { counts: { offered: 1 } };
  };
  await assert.rejects(runJob({ ...leadOffers, run: work }, deps), { message: 'stopped by SIGTERM' });
  assert.deepEqual(await runs(world), [['interrupted', null, 0]]);
  assert.deepEqual(reports, []);
  const [job] = (await readJobs(world.db)).filter(({ lastRun }) => lastRun !== null);
  assert.deepEqual([job!.lastRun!.result, job!.lastDay.failed], ['interrupted', 0]);
  assert.notEqual(job!.lastRun!.finishedAt, null);
});
