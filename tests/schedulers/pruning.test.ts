import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { rememberLegacyAlerts } from '../../delivery/sent-memory.ts';
import { alerts } from '../../schedulers/alerts/job.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { pruning } from '../../schedulers/upkeep/pruning.ts';
import { openWorld, type World } from './support/world.ts';

const prune = async ({ deps }: World) => {
  const outcome = await runJob(pruning, deps);
  assert.ok(outcome.ran);
  return outcome.result.counts;
};

test('removes runs that did nothing after a day, and all others after a year', async (t) => {
  const world = await openWorld(t);
  await sql`
    insert into ops.job_run (job, scheduled_for, trigger, started_at, finished_at, result, idle_yn, error, lease_token)
    select 'alerts', now() - age, 'schedule', now() - age, now() - age, result, idle, name, 0
    from (values
      ('idle, an hour ago', interval '1 hour', 'succeeded', true),
      ('idle, two days ago', interval '2 days', 'succeeded', true),
      ('busy, two days ago', interval '2 days 1 second', 'succeeded', false),
      ('failed, two days ago', interval '2 days 2 seconds', 'failed', false),
      ('busy, two years ago', interval '2 years', 'succeeded', false),
      ('failed, two years ago', interval '2 years 1 second', 'failed', false)
    ) as run (name, age, result, idle) order by age desc`.execute(world.db);
  assert.equal((await prune(world)).runs, 3);
  const { rows } = await sql<{ name: string }>`
    select error as name from ops.job_run where job = 'alerts' order by scheduled_for desc`.execute(world.db);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['idle, an hour ago', 'busy, two days ago', 'failed, two days ago'],
  );
});

test('keeps the newest run of a job, however old it is', async (t) => {
  const world = await openWorld(t);
  await sql`
    insert into ops.job_run (job, scheduled_for, trigger, finished_at, result, idle_yn, lease_token)
    select 'alerts', at, 'schedule', at, 'succeeded', true, 0
    from unnest(array[now() - interval '3 years', now() - interval '2 years']) as at`.execute(world.db);
  assert.equal((await prune(world)).runs, 1);
});

test('a run with only standing counts is idle', async (t) => {
  const world = await openWorld(t);
  const run = async (counts: Record<string, number>) => {
    const outcome = await runJob({ ...alerts, run: async () => ({ counts }) }, world.deps, {
      scheduledFor: new Date(),
      trigger: 'schedule',
    });
    assert.ok(outcome.ran);
    const { rows } = await sql<{ idle_yn: boolean }>`
      select idle_yn from ops.job_run where job_run_id = ${outcome.jobRunId}`.execute(world.db);
    return rows[0]!.idle_yn;
  };
  assert.equal(await run({ digests: 0, waiting: 3, onHold: 12, held: 1, history: 2 }), true);
  assert.equal(await run({ digests: 1, waiting: 3 }), false);
  assert.equal(await run({ unheardOf: 1 }), false, 'a run with unknown counts is kept');
});

const sent = async ({ db }: World) => {
  const { rows } = await sql<{ pair: string }>`
    select contact_key || ' of ' || listing_key as pair from ops.sent_memory order by pair`.execute(db);
  return rows.map(({ pair }) => pair);
};

/** Ana and Ben, a home on the market and one that was sold, and a former lead: all sent three years ago. */
const openToldWorld = async (t: Parameters<typeof openWorld>[0]) => {
  const world = await openWorld(t);
  await world.lead('ana', { email: 'ana@example.com' });
  await world.listing('active', { standardStatus: 'Active', listPrice: 1, unparsedAddress: '1 Main St' });
  await world.listing('sold', { standardStatus: 'Closed', listPrice: 1, unparsedAddress: '2 Main St' });
  await world.catchUp();
  await runJob(alerts, world.deps);
  const sentAt = '2023-03-31T14:00:00.000Z';
  await rememberLegacyAlerts(
    world.db,
    ['ana', 'gone'].flatMap((contactKey) =>
      ['active', 'sold'].map((listingKey) => ({ contactKey, listingKey, sentAt })),
    ),
  );
  return world;
};

test('removes the memory of leads that are gone, and keeps that of homes recently on the market', async (t) => {
  const world = await openToldWorld(t);
  assert.equal((await prune(world)).memories, 2);
  assert.deepEqual(await sent(world), ['ana of active', 'ana of sold']);
});

test('forgets homes that have been off the market for two years, and no others', async (t) => {
  const world = await openToldWorld(t);
  // The read model has the event store's time, which is the machine's.
  world.clock.set('2029-04-02T14:00:00.000Z');
  assert.equal((await prune(world)).memories, 3);
  assert.deepEqual(await sent(world), ['ana of active']);
});

test('keeps the memory of a parked lead, whose row may only be missing', async (t) => {
  const world = await openToldWorld(t);
  await sql`
    insert into ops.projection_parked (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
    select id, 'lead-gone', 0, 1, 1, 'e', 'LeadRecorded', 'handler', 'why'
    from ops.projection_build where name = 'leads' and state = 'live'`.execute(world.db);
  assert.equal((await prune(world)).memories, 0);
});

test('removes nothing while the read models are behind the alerts', async (t) => {
  const world = await openToldWorld(t);
  await sql`update ops.alert_cursor set position = position + 1000000`.execute(world.db);
  assert.equal((await prune(world)).memories, 0);
  assert.equal((await sent(world)).length, 4);
});

test('removes handled reports of Postmark after a week, those that no one understood after a month', async (t) => {
  const world = await openWorld(t);
  await sql`
    insert into ops.postmark_report (report_key, payload, received_at, handled_at, result)
    select name, payload::jsonb, clock_timestamp() - age, case when handled then clock_timestamp() - age end, 'x'
    from (values
      ('handled, six days ago', null, interval '6 days', true),
      ('handled, eight days ago', null, interval '8 days', true),
      ('not understood, eight days ago', '{}', interval '8 days', true),
      ('not understood, 31 days ago', '{}', interval '31 days', true),
      ('waiting, 31 days ago', '{}', interval '31 days', false),
      ('the newest', null, interval '60 days', true)
    ) as report (name, payload, age, handled)`.execute(world.db);
  assert.equal((await prune(world)).postmarkReports, 2);
  const { rows } = await sql<{ name: string }>`
    select report_key as name from ops.postmark_report order by postmark_report_id`.execute(world.db);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['handled, six days ago', 'not understood, eight days ago', 'waiting, 31 days ago', 'the newest'],
  );
});

test('forgets who opened and clicked what after 90 days, but not that it arrived', async (t) => {
  const world = await openWorld(t);
  await sql`
    insert into ops.email_fate (outbox_id, opened_at, opens, clicked_at, clicks, clicked_listing_keys)
    select gen_random_uuid(), clock_timestamp() - age, 3, clock_timestamp() - age, 2, '{l1}'
    from unnest(array[interval '89 days', interval '91 days']) as age`.execute(world.db);
  assert.equal((await prune(world)).opens, 1);
  const { rows } = await sql`
    select opens, clicks, clicked_listing_keys as homes, delivered_at is not null as delivered
    from ops.email_fate order by opens`.execute(world.db);
  assert.deepEqual(rows, [
    { opens: 0, clicks: 0, homes: [], delivered: true },
    { opens: 3, clicks: 2, homes: ['l1'], delivered: false },
  ]);
});
