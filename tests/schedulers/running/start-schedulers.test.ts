import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { systemClock } from '../../../platform/clock.ts';
import { withLease } from '../../../platform/lease/with-lease.ts';
import { runProjections } from '../../../projections/index.ts';
import { timesAhead } from '../../../recovery/times-ahead.ts';
import { jobs } from '../../../schedulers/jobs.ts';
import { startSchedulers } from '../../../schedulers/running/start-schedulers.ts';
import { pruning } from '../../../schedulers/upkeep/pruning.ts';
import { until } from '../../support/until.ts';
import { openWorld } from '../support/world.ts';

/** A slot an hour, and none within the next half: only a missed one can run now. Another minute would make it another schedule. */
const farFromNow = () => `0 ${new Date(Date.now() + 30 * 60_000).getUTCMinutes()} * * * *`;

test('the jobs run by themselves: an alert and an offer reach the preview; each slot is run once by two schedulers', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  const stops = [1, 2, 3].map(() => new AbortController());
  const deps = { ...world.deps, clock: systemClock, transports };
  const everySecond = jobs.map((job) => (job.name === pruning.name ? job : { ...job, schedule: '* * * * * *' }));
  const running = [
    runProjections(world.deps, { signal: stops[0]!.signal }),
    ...stops.slice(1).map(({ signal }) => startSchedulers(deps, { signal, jobs: everySecond, deliveryPauseMs: 100 })),
  ];
  t.after(async () => {
    // Also when the test fails: what still ran would keep the process running.
    for (const stop of stops) stop.abort();
    await transports.close();
  });

  await world.agent('a', { cities: ['Boca Raton'] });
  await world.lead('ana', { firstName: 'Ana', email: 'ana@example.com', cities: ['Boca Raton'] });
  await world.savedSearch('s', { contactKey: 'ana', criteria: { cities: ['Boca Raton'] }, activeYN: true });
  const delivered = async () =>
    (
      await sql<{ kind: string; state: string }>`select kind, state from ops.outbox order by kind`.execute(world.db)
    ).rows.map(({ kind, state }) => `${kind} ${state}`);
  await until('the offer', async () => (await delivered()).includes('lead-offer previewed'));
  await until('a first alert run', async () => {
    const { rows } = await sql<{ position: string }>`select position from ops.alert_cursor`.execute(world.db);
    return rows[0] !== undefined && Number(rows[0].position) > 0;
  });
  await world.listing('home', { standardStatus: 'Active', city: 'Boca Raton', listPrice: 1, unparsedAddress: 'x' });
  await until('the digest', async () => (await delivered()).includes('alert-digest previewed'));
  for (const stop of stops) stop.abort();
  await Promise.all(running);
  assert.deepEqual(await delivered(), ['alert-digest previewed', 'lead-offer previewed']);
  const { rows } = await sql<{ job: string; result: string; millisecond: number }>`
    select job, result, extract(milliseconds from scheduled_for)::int % 1000 as millisecond from ops.job_run`.execute(
    world.db,
  );
  assert.ok(rows.length > 2);
  for (const run of rows) assert.deepEqual([run.result, run.millisecond], ['succeeded', 0], run.job);
});

test('a schedule that is not valid ends the other jobs, and is reported', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  let running = 0;
  const slow = {
    ...pruning,
    schedule: '* * * * * *',
    run: async ({ signal }: { signal: AbortSignal }) => {
      running++;
      if (!signal.aborted) await once(signal, 'abort');
      running--;
      return { counts: {} };
    },
  } as unknown as (typeof jobs)[number];
  const wrong = { ...slow, name: 'wrong', schedule: '0 5/15 * * * *' };
  const deps = { ...world.deps, clock: systemClock, transports };
  await assert.rejects(
    startSchedulers(deps, { signal: new AbortController().signal, jobs: [slow, wrong], deliveryPauseMs: 100 }),
    /CronPattern/,
  );
  assert.equal(running, 0);
});

test('missed slots are caught up on by one run', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  const longAgo = new Date(Date.now() - 3 * 24 * 3_600_000);
  await sql`
    insert into ops.job_run (job, scheduled_for, trigger, lease_token, result)
    values ('alerts', ${longAgo}, 'schedule', 0, 'succeeded')`.execute(world.db);
  const stop = new AbortController();
  const never = farFromNow();
  const running = startSchedulers(
    { ...world.deps, clock: systemClock, transports, timeZone: 'UTC' },
    { signal: stop.signal, jobs: jobs.map((job) => ({ ...job, schedule: never })) },
  );
  const runs = async () =>
    (
      await sql<{ scheduled_for: Date }>`
        select scheduled_for from ops.job_run where job = 'alerts' order by scheduled_for`.execute(world.db)
    ).rows;
  await until('the run', async () => (await runs()).length > 1);
  stop.abort();
  await running;
  const [, caughtUp, ...more] = await runs();
  assert.equal(more.length, 0);
  const age = Date.now() - caughtUp!.scheduled_for.getTime();
  assert.ok(age > 0 && age < 3_600_000, 'the newest slot, not each of the 72');
});

test('a slot whose run a shutdown interrupted is run again at the next start, once', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  const runsOf = async () => {
    const { rows } = await sql<{ job: string; result: string }>`
      select job, result from ops.job_run order by scheduled_for`.execute(world.db);
    return rows.map(({ result }) => result);
  };
  const begun = { times: 0 };
  const schedule = farFromNow();
  const hourly = (isStopped: boolean): (typeof jobs)[number] => ({
    ...pruning,
    schedule,
    run: async ({ signal }) => {
      begun.times++;
      if (isStopped) await once(signal, 'abort');
      signal.throwIfAborted();
      return { counts: {} };
    },
  });
  for (const isStopped of [true, false, false]) {
    const stop = new AbortController();
    const before = begun.times;
    const running = startSchedulers(
      { ...world.deps, clock: systemClock, transports, timeZone: 'UTC' },
      { signal: stop.signal, jobs: [hourly(isStopped)] },
    );
    if (before < 2)
      await until('the run', async () => begun.times > before && (isStopped || (await runsOf())[0] === 'succeeded'));
    else await sleep(500);
    stop.abort();
    await running;
    assert.deepEqual(await runsOf(), [isStopped ? 'interrupted' : 'succeeded']);
  }
  assert.equal(begun.times, 2);
});

test('a job runs as soon as what it watches wakes it, and watches until the schedulers stop', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  const stop = new AbortController();
  let watching = false;
  let change = () => {};
  const watchful: (typeof jobs)[number] = {
    ...pruning,
    schedule: farFromNow(),
    watch: async (_, signal, wake) => {
      [watching, change] = [true, wake];
      await once(signal, 'abort');
      watching = false;
    },
  };
  const running = startSchedulers(
    { ...world.deps, clock: systemClock, transports, timeZone: 'UTC' },
    { signal: stop.signal, jobs: [watchful] },
  );
  const woken = async () => {
    const { rows } = await sql`select from ops.job_run where trigger = 'event' and result = 'succeeded'`.execute(
      world.db,
    );
    return rows.length;
  };
  await until('the run for the missed slot', async () => {
    const { rows } = await sql`select from ops.job_run where result = 'succeeded'`.execute(world.db);
    return rows.length > 0;
  });
  assert.equal(await woken(), 0);
  change();
  await until('the run', async () => (await woken()) === 1);
  assert.ok(watching);
  stop.abort();
  await running;
  assert.ok(!watching);
});

test('a job that another process is running is not asked for all the time, however often it is woken', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  const stop = new AbortController();
  const schedule = farFromNow();
  let wakeUp = () => {};
  const watch: (typeof jobs)[number]['watch'] = async (_, signal, wake) => {
    wakeUp = wake;
    await once(signal, 'abort');
  };
  let looks = 0;
  const clock = {
    now: () => {
      looks++;
      return systemClock.now();
    },
  };
  await sql`
    insert into ops.job_run (job, scheduled_for, trigger, lease_token, result)
    values (${pruning.name}, now(), 'schedule', 0, 'running')`.execute(world.db);
  const other = { holder: 'another process', lastsMs: 10_000 };
  await withLease(world.db, `job/${pruning.name}`, other, async () => {
    const running = startSchedulers(
      { ...world.deps, clock, transports, timeZone: 'UTC' },
      { signal: stop.signal, jobs: [{ ...pruning, schedule, watch }] },
    );
    await until('it has looked', async () => looks > 0);
    const before = looks;
    wakeUp();
    await until('it looks again', async () => looks - before >= 2);
    const since = looks;
    await sleep(3_000);
    stop.abort();
    await running;
    assert.ok(looks - since <= 20, `${looks - since} times in three seconds`);
  });
});

test('a run a year in the future (a clock was wrong) does not stop others', async (t) => {
  const world = await openWorld(t);
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  await sql`
    insert into ops.job_run (job, scheduled_for, trigger, lease_token, result)
    values ('alerts', now() + interval '1 year', 'schedule', 0, 'succeeded')`.execute(world.db);
  assert.deepEqual(
    (await timesAhead(world.db)).map(({ column, rows }) => [column, rows]),
    [['ops.job_run.scheduled_for', 1]],
    'and it is reported',
  );
  const stop = new AbortController();
  const running = startSchedulers(
    { ...world.deps, clock: systemClock, transports, timeZone: 'UTC' },
    { signal: stop.signal },
  );
  await until('the run', async () => {
    const { rows } = await sql`
      select from ops.job_run where job = 'alerts' and scheduled_for <= now() and result = 'succeeded'`.execute(
      world.db,
    );
    return rows.length > 0;
  });
  stop.abort();
  await running;
});
