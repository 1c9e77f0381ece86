import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { migrateImport } from '../../importers/migrations.ts';
import { runJob } from '../../schedulers/running/job-run.ts';
import { checkBooks } from '../../schedulers/upkeep/check-books.ts';
import { ana, home, inBoca, tick } from './support/alert-tick.ts';
import { openWorld, type World } from './support/world.ts';

const check = async ({ deps }: World) => {
  const outcome = await runJob(checkBooks, deps);
  assert.ok(outcome.ran);
  const { counts, report } = outcome.result;
  return {
    counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    subjects: report.differences.map(({ subject }) => subject),
  };
};

/** Ana was sent a home, then its new price. */
const openToldWorld = async (t: Parameters<typeof openWorld>[0]) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('home', home);
  await tick(world);
  await world.listing('home', { ...home, listPrice: 400_000 });
  assert.equal((await tick(world)).sent.length, 1);
  assert.equal((await world.outbox()).length, 2);
  return world;
};

test('reports nothing when the books balance', async (t) => {
  const world = await openToldWorld(t);
  assert.deepEqual(await check(world), { counts: {}, subjects: [] });
});

test('reports a home in an e-mail that the memory does not have', async (t) => {
  const world = await openToldWorld(t);
  await sql`delete from ops.sent_memory`.execute(world.db);
  assert.deepEqual(await check(world), {
    counts: { unremembered: 2 },
    subjects: ['lead ana, listing home', 'lead ana, listing home'],
  });
});

test('reports a home e-mailed twice with nothing new', async (t) => {
  const world = await openToldWorld(t);
  await sql`
    insert into ops.outbox (dedupe_key, channel, kind, contact_key, recipient, message, context, created_at)
    select dedupe_key || ' again', channel, kind, contact_key, recipient, message, context, clock_timestamp()
    from ops.outbox order by created_at desc limit 1`.execute(world.db);
  assert.deepEqual(await check(world), { counts: { repeated: 1 }, subjects: ['lead ana, listing home'] });
});

test('reports a message that no process will send', async (t) => {
  const world = await openToldWorld(t);
  await sql`update ops.outbox set state = 'sending' where created_at = (select min(created_at) from ops.outbox)`.execute(
    world.db,
  );
  assert.deepEqual((await check(world)).counts, { stuck: 1 });
});

test('reports an import whose documents do not add up, and not one that is unfinished', async (t) => {
  const world = await openWorld(t);
  await migrateImport(world.db);
  await sql`
    insert into ops.import_run (source, started_at, result, counts)
    values
      ('/dump', now(), 'succeeded', '{
        "properties": {"read": 10, "applied": 4, "unchanged": 3, "merged": 1, "quarantined": 1, "skipped": 1},
        "contacts": {"read": 10, "applied": 9}
      }'),
      ('/dump', now(), 'interrupted', '{"contacts": {"read": 10, "applied": 2}}')`.execute(world.db);
  assert.deepEqual(await check(world), { counts: { imports: 1 }, subjects: ['import 1, contacts'] });
});

test('reports an offer that expired without a message to its agent', async (t) => {
  const world = await openWorld(t);
  const now = world.clock.now().getTime();
  const offer = (minutes: number) => ({
    type: 'OfferLead' as const,
    offerKey: `o${minutes}`,
    memberKeys: ['a'],
    score: 1,
    reasons: [],
    expiresAt: new Date(now + minutes * 60_000).toISOString(),
  });
  await world.agent('a', {});
  await world.lead('lost', { email: 'ana@example.com' }, [offer(-5)]);
  await world.lead('fresh', { email: 'ben@example.com' }, [offer(5)]);
  await world.catchUp();
  assert.deepEqual(await check(world), { counts: { offers: 1 }, subjects: ['lead lost, agent a'] });
});
