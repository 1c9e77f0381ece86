import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { settleByHand } from '../../../delivery/sending/settle-by-hand.ts';
import { openTransports } from '../../../delivery/sending/transports.ts';
import { forgetUndeliverable, readUndeliverable } from '../../../delivery/undeliverable.ts';
import type { Known } from '../../../domain/changes.ts';
import type { LeadFields } from '../../../domain/lead/index.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { deliverOutbox } from '../../../schedulers/delivering/deliver-outbox.ts';
import { leadOffers } from '../../../schedulers/lead-offers/job.ts';
import { runJob } from '../../../schedulers/running/job-run.ts';
import { fakeProviders } from '../../delivery/fake-providers.ts';
import { timePasses } from '../../delivery/time.ts';
import { ana, home, inBoca, tick } from '../support/alert-tick.ts';
import { openWorld } from '../support/world.ts';

const setup = async (t: TestContext) => {
  const world = await openWorld(t);
  const providers = await fakeProviders(t);
  const transports = await openTransports(world.db, providers.config);
  const deliver = () => deliverOutbox({ ...world.deps, transports });
  const rows = async () =>
    (
      await sql<{ recipient: string; state: string; last_error: string | null; outbox_id: string }>`
        select recipient, state, last_error, outbox_id::text from ops.outbox order by created_at, dedupe_key`.execute(
        world.db,
      )
    ).rows;
  const match = async () => {
    world.clock.advance(1_000);
    const outcome = await runJob(leadOffers, world.deps);
    assert.ok(outcome.ran);
    return outcome.result.offers.map(({ contactKey, memberKey }) => `${contactKey} to ${memberKey}`);
  };
  return { world, ...providers, deliver, rows, match };
};
const refuse = (code: number, refused: string) => (to: string) =>
  to.startsWith(refused)
    ? { ErrorCode: code, Message: code === 406 ? 'Inactive recipient' : "Invalid 'To' address" }
    : null;

/** A lead is sent a home, and Postmark rejects the first address. */
const refusedOnce = async (
  { world, nextEmail, deliver }: Awaited<ReturnType<typeof setup>>,
  lead: Known<LeadFields>,
) => {
  await world.lead('jose', lead);
  await world.savedSearch('s', { ...inBoca, contactKey: 'jose' });
  await tick(world);
  await world.listing('one', home);
  await tick(world);
  nextEmail.push(refuse(300, 'josé@'));
  await deliver();
};

test('an address that bounced is not written to again: nothing more is queued, and the run says why', async (t) => {
  const { world, nextEmail, emails, deliver, rows } = await setup(t);
  await world.lead('ana', { ...ana, otherEmails: ['ana.work@example.com'] });
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('one', home);
  await tick(world);
  await world.listing('queued before', home);
  await tick(world);
  nextEmail.push(refuse(406, 'ana@'));
  await deliver();
  for (const listingKey of ['two', 'three', 'four']) {
    await world.listing(listingKey, home);
    assert.deepEqual((await tick(world)).droppedBy, { 'address refused': 1 });
    await deliver();
  }
  assert.deepEqual(
    (await rows()).map(({ state }) => state),
    ['failed', 'failed'],
  );
  assert.equal(emails.length, 0, 'a lead who complained gets no e-mail at another address either');
  assert.equal(
    (await readUndeliverable(world.db, 'email', ['ana@example.com'])).get('ana@example.com')?.refusal,
    'inactive',
  );

  assert.equal(await forgetUndeliverable(world.db, 'Ana@Example.com'), true);
  await world.listing('five', home);
  await tick(world);
  await deliver();
  assert.equal(emails.length, 1, 'a person says that the address works again');
});

test('an address that Postmark rejects is replaced by the lead’s second one, once', async (t) => {
  const setting = await setup(t);
  const { world, emails, deliver, rows } = setting;
  await refusedOnce(setting, { email: 'josé@example.com', otherEmails: ['jose@example.com'] });
  await deliver();
  assert.deepEqual(
    emails.map(({ To }) => To),
    ['jose@example.com'],
  );
  await world.listing('two', home);
  await tick(world);
  await deliver();
  assert.deepEqual(
    emails.map(({ To }) => To),
    ['jose@example.com', 'jose@example.com'],
    'the next home goes there at once',
  );
  assert.ok((await rows()).every(({ state, recipient }) => state === 'sent' && recipient === 'jose@example.com'));
});

test('a second address that is an agent’s, or that someone opted out at, is not used', async (t) => {
  const setting = await setup(t);
  const { world, emails, deliver, rows } = setting;
  await world.agent('dana', { memberEmail: 'dana@office.example' });
  await world.lead('gone', { email: 'gone@example.com' }, [{ type: 'OptOut' }]);
  await refusedOnce(setting, { email: 'josé@example.com', otherEmails: ['dana@office.example', 'gone@example.com'] });
  await world.listing('two', home);
  assert.deepEqual((await tick(world)).droppedBy, { 'address refused': 1 });
  await deliver();
  assert.deepEqual([emails.length, (await rows()).map(({ state }) => state)], [0, ['failed']]);
});

for (const error of ['channel_not_found', 'is_archived', 'not_in_channel', 'restricted_action_read_only_channel']) {
  test(`our own channel is refused (${error}): offers for it stay open and wait, the others go out`, async (t) => {
    const { world, nextSlack, slack, deliver, match, rows } = await setup(t);
    await world.agent('best', { cities: ['Boca Raton'] });
    await world.agent('next', { cities: ['Miami'], slackUserId: 'U024BE7LJ' });
    await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
    await world.catchUp();
    assert.deepEqual(await match(), ['ana to best']);
    for (let pass = 1; pass <= 15; pass++) {
      nextSlack.push({ body: { ok: false, error } });
      await deliver();
      await world.catchUp();
      assert.deepEqual(await match(), [], 'it is no refusal of the agent');
      await timePasses(world.db, 60_000);
    }
    const [offer] = await rows();
    assert.deepEqual([offer?.state, offer?.recipient, slack.length], ['pending', 'channel', 0]);
    assert.match(offer?.last_error ?? '', new RegExp(`Slack: ${error} \\(for the channel C1\\)`));

    await timePasses(world.db, -60_000);
    await world.lead('bob', { email: 'bob@example.com', cities: ['Miami'] });
    await world.catchUp();
    assert.deepEqual(await match(), ['bob to next']);
    await deliver();
    assert.deepEqual(
      slack.map(({ channel }) => channel),
      ['D024BE7LJ'],
      'messages to people are not held up',
    );
    await timePasses(world.db, 60_000);
    await deliver();
    assert.deepEqual(
      [slack.length, (await readUndeliverable(world.db, 'slack', ['channel'])).size],
      [2, 0],
      'it goes out once the channel works',
    );
  });
}

for (const error of ['user_not_found', 'channel_not_found', 'is_archived', 'not_in_channel']) {
  test(`an offer that Slack refuses (${error}) is withdrawn with the reason, and goes to the next agent`, async (t) => {
    const { world, nextSlack, slack, deliver, match } = await setup(t);
    await world.agent('best', { cities: ['Boca Raton'], slackUserId: 'U024BE7LH' });
    await world.agent('next', { slackUserId: 'U024BE7LJ' });
    await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
    await world.catchUp();
    const [first] = await match();
    const other = first === 'ana to best' ? 'next' : 'best';
    nextSlack.push({ body: { ok: false, error } });
    await deliver();
    await world.catchUp();
    assert.deepEqual(await match(), [`ana to ${other}`]);
    await deliver();
    assert.equal(slack.length, 1);
    const types = [];
    for await (const stored of world.store.readStream('lead-ana')) {
      if (isReadable(stored) && stored.event.type === 'LeadOfferWithdrawn') types.push(stored.event.data.reason);
    }
    assert.deepEqual(types, [`Slack: ${error}`]);
    await world.catchUp();
    assert.deepEqual(await match(), [], 'once');
  });
}

test('after two offers that Slack rejects for their content, the lead goes to the person at the chain’s end', async (t) => {
  const { world, nextSlack, slack, deliver, match } = await setup(t);
  await world.agent('best', { cities: ['Boca Raton'], slackUserId: 'U024BE7LH' });
  await world.agent('next', { slackUserId: 'U024BE7LJ' });
  await world.agent('third', { slackUserId: 'U024BE7LK' });
  await world.agent('boss', { roles: ['broker'], slackUserId: 'U024BE7LM' });
  await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
  await world.catchUp();
  for (let agents = 0; agents < 2; agents++) {
    assert.equal((await match()).length, 1);
    nextSlack.push({ body: { ok: false, error: 'invalid_blocks' } });
    await deliver();
    await world.catchUp();
  }
  assert.deepEqual(await match(), [], 'no third agent is asked');
  await world.catchUp();
  const { rows } = await sql<{ owner: string; reason: string }>`
    select owner_member_key as owner, escalation_reason as reason from read.leads where contact_key = 'ana'`.execute(
    world.db,
  );
  assert.deepEqual(rows, [{ owner: 'boss', reason: 'offer-rejected' }]);
  assert.equal(slack.length, 0, 'nothing was posted');
  await match();
  await deliver();
  assert.equal(slack.length, 1, 'the person is notified');
});

test('while Slack rejects everything for an hour, a lead goes on to a person; afterwards, only what still holds is sent', async (t) => {
  const { world, nextSlack, slack, deliver, match, rows } = await setup(t);
  await world.agent('best', { cities: ['Boca Raton'], slackUserId: 'U024BE7LH' });
  await world.agent('next', { slackUserId: 'U024BE7LJ' });
  await world.agent('boss', { roles: ['broker'], slackUserId: 'U024BE7LM' });
  await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
  for (let halfHours = 0; halfHours < 3; halfHours++) {
    await world.catchUp();
    await match();
    nextSlack.push({ body: { ok: false, error: 'account_inactive' } });
    await deliver();
    world.clock.advance(31 * 60_000);
    await timePasses(world.db, 31 * 60_000);
  }
  assert.equal(slack.length, 0);
  nextSlack.length = 0;
  await world.catchUp();
  await match();
  for (let minutes = 0; minutes < 5; minutes++) {
    await timePasses(world.db, 60_000);
    await deliver();
  }
  assert.deepEqual(
    slack.map(({ channel }) => channel),
    ['D024BE7LM'],
    'the person at the chain’s end has the lead',
  );
  assert.deepEqual((await rows()).map(({ state }) => state).sort(), ['sent', 'withheld', 'withheld']);
});

test('an agent whom Slack does not know gets the next offer through the channel', async (t) => {
  const { world, nextSlack, slack, deliver, match } = await setup(t);
  await world.agent('best', { cities: ['Boca Raton'], slackUserId: 'U024BE7LH' });
  await world.lead('ana', { email: 'ana@example.com', cities: ['Boca Raton'] });
  await world.catchUp();
  await match();
  nextSlack.push({ body: { ok: false, error: 'user_not_found' } });
  await deliver();
  await world.lead('bob', { email: 'bob@example.com', cities: ['Boca Raton'] });
  await world.catchUp();
  assert.deepEqual(await match(), ['bob to best']);
  await deliver();
  assert.deepEqual(
    slack.map(({ channel }) => channel),
    ['C1'],
  );
});

test('a refused token stops its channel, is on record, and everything goes out once it works', async (t) => {
  const { world, nextEmail, emails, deliver, rows } = await setup(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('one', home);
  await tick(world);
  nextEmail.push({ status: 401, body: { ErrorCode: 10, Message: 'Bad token' } });
  await deliver();
  const channel = async () =>
    (
      await sql<{ state: string; error: string | null }>`select state, error from ops.delivery_channel`.execute(
        world.db,
      )
    ).rows[0];
  assert.deepEqual([(await channel())?.state, (await rows())[0]?.state], ['stopped', 'pending']);
  assert.match((await channel())?.error ?? '', /POSTMARK_SERVER_TOKEN/);
  await timePasses(world.db, 60_000);
  await deliver();
  assert.deepEqual([emails.length, (await channel())?.state], [1, 'working']);
});

test('a lead whose stream cannot be read holds back only its own message', async (t) => {
  const { world, rows } = await setup(t);
  for (const key of ['fine', 'broken']) {
    await world.lead(key, { email: `${key}@example.com` });
    await world.savedSearch(`s-${key}`, { ...inBoca, contactKey: key });
  }
  await tick(world);
  await world.listing('one', home);
  await tick(world);
  const readStream = world.store.readStream.bind(world.store);
  const store = {
    ...world.store,
    readStream: (name: string) => {
      if (name === 'lead-broken') throw new Error('lead-broken@1: no schema knows it');
      return readStream(name);
    },
  };
  const transports = await openTransports(world.db, (await fakeProviders(t)).config);
  await deliverOutbox({ ...world.deps, store: store as typeof world.store, transports });
  assert.deepEqual((await rows()).map(({ recipient, state }) => `${recipient} ${state}`).sort(), [
    'broken@example.com withheld',
    'fine@example.com sent',
  ]);
});

test('an unconfirmed message is decided by a person, with who and why', async (t) => {
  const { world, emails, deliver, rows } = await setup(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca);
  await tick(world);
  await world.listing('one', home);
  await tick(world);
  await sql`update ops.outbox set state = 'unconfirmed', maybe_sent_yn = true`.execute(world.db);
  await deliver();
  assert.equal(emails.length, 0, 'it is not sent again by itself');
  const { outbox_id: outboxId } = (await rows())[0]!;
  const verdict = { outboxId, as: 'send-again', because: 'Ana did not get it', by: 'mlopez' } as const;
  assert.equal(await settleByHand(world.db, verdict), true);
  assert.equal(await settleByHand(world.db, verdict), false);
  await deliver();
  assert.deepEqual([emails.length, (await rows())[0]?.state], [1, 'sent']);
});
