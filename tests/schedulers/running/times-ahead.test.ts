import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { timesAhead } from '../../../recovery/times-ahead.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { ana, home, inBoca, tick } from '../support/alert-tick.ts';
import { openWorld, type World } from '../support/world.ts';

const openTickedWorld = async (t: Parameters<typeof openWorld>[0]) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('home', home);
  return world;
};

const columnsAhead = async ({ db }: World) => (await timesAhead(db)).map(({ column }) => column).sort();

const send = async (world: World) => {
  const transports = await openTransports(world.db, { postmark: undefined, slack: undefined });
  try {
    return (await deliverOutbox({ ...world.deps, transports })).counts;
  } finally {
    await transports.close();
  }
};

test('a message whose times lie a year ahead (a clock was wrong) is sent', async (t) => {
  const world = await openTickedWorld(t);
  assert.equal((await tick(world)).sent.length, 1);
  await sql`
    update ops.outbox set next_attempt_at = now() + interval '1 year', created_at = now() + interval '1 year'`.execute(
    world.db,
  );
  assert.deepEqual(await columnsAhead(world), ['ops.outbox.created_at', 'ops.outbox.next_attempt_at']);
  assert.equal((await send(world)).previewed, 1);
});

test('a message whose sender died, and whose claim lasts a year (a clock was wrong), is looked up and sent', async (t) => {
  const world = await openTickedWorld(t);
  await tick(world);
  await sql`
    update ops.outbox
    set state = 'sending', claim = gen_random_uuid(), claimed_until = now() + interval '1 year'`.execute(world.db);
  assert.deepEqual(await columnsAhead(world), ['ops.outbox.claimed_until']);
  assert.equal((await send(world)).previewed, 1);
});

test('a message that was not answered a year from now (a clock was wrong) is looked up and sent', async (t) => {
  const world = await openTickedWorld(t);
  await tick(world);
  await sql`update ops.outbox set maybe_sent_yn = true, unanswered_at = now() + interval '1 year'`.execute(world.db);
  assert.deepEqual(await columnsAhead(world), ['ops.outbox.unanswered_at']);
  assert.equal((await send(world)).previewed, 1);
});

test('a match dated a year in the future (a clock was wrong) is sent', async (t) => {
  const world = await openTickedWorld(t);
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing home']);
  await world.listing('home', { ...home, standardStatus: 'Closed' });
  assert.deepEqual((await tick(world)).sent, [], 'it has to be off the market for a day');
  await sql`update ops.alert_pending set matched_at = now() + interval '3 years'`.execute(world.db);
  assert.deepEqual(await columnsAhead(world), ['ops.alert_pending.matched_at']);
  assert.equal((await tick(world)).sent.length, 1);
});
