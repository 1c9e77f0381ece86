import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { startPublicPages } from '../../../console/public-server.ts';
import { buildEmail } from '../../../delivery/email/build-email.ts';
import { queueMessages } from '../../../delivery/outbox.ts';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { signed, signingKey } from '../../../delivery/signed-link.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { loadConfig } from '../../../platform/config/config.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { fakeProviders } from '../../delivery/fake-providers.ts';
import { openWorld, type World } from '../support/world.ts';

const openPages = async (world: World, t: { after(end: () => Promise<void>): void }) => {
  const config = loadConfig({ DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl });
  const { url, close } = await startPublicPages({ ...world.deps, config }, { port: 0 });
  t.after(close);
  const key = await signingKey(world.db, 'unsubscribe');
  return (contactKey: string) =>
    fetch(`${url}/unsubscribe?token=${encodeURIComponent(signed(key, contactKey))}`, { method: 'POST' });
};

const waiting = async ({ db }: World) =>
  (await sql`select from ops.opt_out_request where recorded_position is null`.execute(db)).rows.length;

/** Requests that still count, because the read models may not have the event. */
const counting = async ({ db }: World) => (await sql`select from ops.opt_out_request`.execute(db)).rows.length;

const digest = (contactKey: string, to: string) =>
  ({
    dedupeKey: contactKey,
    channel: 'email',
    kind: 'alert-digest',
    contactKey,
    recipient: to,
    message: buildEmail({ to, subject: 'A home', html: '<p>A home</p>', text: 'A home' }),
  }) as const;

const optOuts = async (world: World, contactKey: string) => {
  const found: string[] = [];
  for await (const stored of world.store.readStream(`lead-${contactKey}`)) {
    if (isReadable(stored) && stored.type === 'LeadOptedOut') found.push(stored.metadata.source);
  }
  return found;
};

/** Two leads with Ana's address, and the pages where she can opt out. */
const withSharedAddress = async (t: TestContext) => {
  const world = await openWorld(t);
  const press = await openPages(world, t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(world.db, providers.config);
  t.after(() => transports.close());
  await world.lead('ana', { email: 'ana@example.com' });
  await world.lead('same-address', { email: 'new@example.com', otherEmails: ['ana@example.com'] });
  return { world, press, providers, transports };
};

test('an opt-out while the event store is down is accepted, counts at once, and is recorded later', async (t) => {
  const { world, press, providers, transports } = await withSharedAddress(t);
  await world.lead('was-merged', { email: 'ana.old@example.com' });
  await world.lead('was-merged', {}, [{ type: 'MergeLeadInto', contactKey: 'ana' }]);
  await world.lead('bob', { email: 'bob@example.com' });
  await world.catchUp();
  await queueMessages(world.db, [
    digest('ana', 'ana@example.com'),
    digest('same-address', 'ana@example.com'),
    digest('was-merged', 'ana.old@example.com'),
    digest('bob', 'bob@example.com'),
  ]);
  await world.stopEventStore();
  for (let click = 0; click < 2; click++) {
    const answer = await press('ana');
    assert.deepEqual([answer.status, /not send you any more/.test(await answer.text())], [200, true]);
  }
  await world.restartEventStore();
  // The request alone is enough, whether or not a click already managed to record it.
  await sql`update ops.opt_out_request set next_attempt_at = now() + interval '1 hour'`.execute(world.db);
  const first = await deliverOutbox({ ...world.deps, transports });
  assert.deepEqual([first.counts.sent, first.counts.withheld], [1, 3]);
  assert.deepEqual(
    providers.emails.map(({ To }) => To),
    ['bob@example.com'],
  );
  await sql`update ops.opt_out_request set next_attempt_at = now()`.execute(world.db);
  await deliverOutbox({ ...world.deps, transports });
  await deliverOutbox({ ...world.deps, transports });
  assert.deepEqual([await optOuts(world, 'ana'), await waiting(world)], [['unsubscribe-link'], 0]);
});

test('an opt-out that is recorded counts for other leads with the address before the read models have it', async (t) => {
  const { world, press, transports } = await withSharedAddress(t);
  await world.catchUp();
  await queueMessages(world.db, [digest('same-address', 'ana@example.com')]);
  assert.equal((await press('ana')).status, 200);
  assert.deepEqual([await optOuts(world, 'ana'), await waiting(world)], [['unsubscribe-link'], 0]);
  const { counts } = await deliverOutbox({ ...world.deps, transports });
  assert.deepEqual([counts.sent, counts.withheld, await counting(world)], [0, 1, 1]);
  await world.catchUp();
  await deliverOutbox({ ...world.deps, transports });
  assert.equal(await counting(world), 0);
});

test('an opt-out of a lead that the event store does not have is kept until it does', async (t) => {
  const world = await openWorld(t);
  const press = await openPages(world, t);
  const transports = await openTransports(world.db, (await fakeProviders(t)).config);
  t.after(() => transports.close());
  assert.equal((await press('restored-later')).status, 200);
  assert.equal(await waiting(world), 1);
  await world.lead('restored-later', { email: 'ana@example.com' });
  await world.catchUp();
  await sql`update ops.opt_out_request set next_attempt_at = now()`.execute(world.db);
  await deliverOutbox({ ...world.deps, transports });
  assert.deepEqual([await optOuts(world, 'restored-later'), await waiting(world)], [['unsubscribe-link'], 0]);
});
