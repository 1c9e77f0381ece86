import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { findUnexplained } from '../../eventstore/positions/explained.ts';
import { noteOwnChanges } from '../../importers/owned/writing/note-own-changes.ts';
import { fits, inspect } from '../../recovery/inspect.ts';
import { recover, releaseHistory } from '../../recovery/recover.ts';
import { contact, property, search, user } from '../importers/support/documents.ts';
import { openBrokerage } from './support.ts';

const agent = user({ email: 'agent@example.com', slackId: 'U024BE7LH', areas: ['Boca Raton'] });
const another = user({ email: 'another@example.com', slackId: 'U024BE7LX', areas: ['Boca Raton'] });
const ana = contact({ email: 'ana@example.com', assignedTo: agent._id });
const anas = search(ana._id, { frequency: 'instant' });
const oldHome = property();
const newHome = property({ price: 480_000 });
const newLead = contact({ email: 'new@example.com', areas: ['Boca Raton'], name: 'Nora New' });

const later = { updatedAt: new Date('2025-03-01T00:00:00Z') };
const first = { users: [agent, another], contacts: [ana], savedsearches: [anas], properties: [oldHome] };
const second = {
  ...first,
  contacts: [ana, newLead],
  properties: [{ ...oldHome, price: 440_000, ...later }, newHome],
};
const third = {
  ...second,
  properties: [{ ...oldHome, price: 430_000, updatedAt: new Date('2025-04-01T00:00:00Z') }, newHome],
};
const said = ['ana@example.com: New Listing 480000', 'ana@example.com: Price Change 440000'];

const changed = { code: 'event-store-changed', hint: /openhouse recover/ };
const older = { code: 'database-older', hint: /openhouse recover/ };

test('an older event store is restored: everything stops, recover repairs it, and nothing is sent twice', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  await brokerage.leads();
  const restore = await brokerage.backupEventStore();
  const lost = (await brokerage.import(second)).events;
  assert.ok(lost > 0);
  await brokerage.alerts();
  const [offer] = (await brokerage.leads()).offers;
  await brokerage.send();
  const noteOwn = async () => await noteOwnChanges(brokerage.deps().db, brokerage.store, brokerage.clock.now());
  await noteOwn();
  const sent = await brokerage.outbox();
  assert.deepEqual(sent.slice(0, 2).sort(), said);
  assert.deepEqual(sent.slice(2), ['U024BE7LH: lead-offer']);
  assert.ok(fits(await inspect(brokerage.deps())));

  await restore();
  await assert.rejects(brokerage.import(second), changed);
  await assert.rejects(brokerage.alerts(), changed);
  await assert.rejects(brokerage.leads(), changed);
  await assert.rejects(noteOwn(), changed);
  const found = await inspect(brokerage.deps());
  assert.equal(fits(found), false);
  assert.ok(found.noted !== null);
  assert.equal(found.imports.length, 1);
  assert.ok(found.readModels.length >= 4);
  assert.equal(fits(await inspect(brokerage.deps())), false, 'looking changes nothing');

  const recovered = await recover(brokerage.deps(), { because: 'test' });
  assert.ok(recovered.recordsToApply >= 3);
  assert.ok(fits(await inspect(brokerage.deps())));
  await noteOwn();
  assert.equal((await brokerage.alerts()).counts.digests, 0, 'between recovery and import');
  assert.equal((await brokerage.leads()).counts.messages, 0);

  // The lead offer is not the import's.
  assert.equal((await brokerage.import(second)).events, lost);
  assert.equal((await brokerage.alerts()).counts.digests, 0);
  const again = await brokerage.leads();
  assert.deepEqual(
    again.offers.map(({ contactKey, memberKey, offerKey }) => [contactKey, memberKey, offerKey]),
    [[offer!.contactKey, offer!.memberKey, offer!.offerKey]],
    'the same offer is on record again',
  );
  assert.equal(again.counts.messages, 0);
  assert.deepEqual(await brokerage.outbox(), sent);
  assert.equal((await brokerage.import(second)).events, 0);

  await brokerage.tellNewsOf(third);
  assert.deepEqual((await brokerage.outbox()).slice(3), ['ana@example.com: Price Change 430000'], 'and it continues');
});

test('an older event store that has grown past the old end with other events is noticed, too', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  const restore = await brokerage.backupEventStore();
  await brokerage.tellNewsOf(second);
  await restore();
  const { execute } = await import('../../commands/execute.ts');
  const { leads } = await import('../../commands/aggregates.ts');
  for (let index = 0; index < 20; index++) {
    const contactKey = `walk-in-${index}`;
    const command = { type: 'RecordLead', contactKey, fields: { email: `${contactKey}@example.com` } } as const;
    await execute(brokerage.store, leads, contactKey, [command], {
      actor: { kind: 'person', id: 'me' },
      source: 'test',
      occurredAt: '2026-06-01T12:00:00.000Z',
      correlationId: contactKey,
      causationId: contactKey,
    });
  }
  await assert.rejects(brokerage.alerts(), changed);
  await assert.rejects(brokerage.import(second), changed);
  await recover(brokerage.deps(), { because: 'test' });
  await brokerage.tellNewsOf(second);
  assert.deepEqual((await brokerage.outbox()).sort(), said);
});

test('an older database is restored: news since the backup is held until a person releases it', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  await brokerage.leads();
  const restore = await brokerage.backupDatabase();
  await brokerage.tellNewsOf(second);
  await brokerage.leads();
  assert.equal((await brokerage.outbox()).length, 3);

  await restore();
  await assert.rejects(brokerage.import(second), older);
  await assert.rejects(brokerage.alerts(), older);
  await assert.rejects(brokerage.leads(), older);
  const found = await inspect(brokerage.deps());
  assert.ok(found.unexplained !== null && !fits(found));
  await recover(brokerage.deps(), { because: 'test' });
  assert.equal((await brokerage.import(second)).events, 0, 'the event store has it all');
  const alerts = await brokerage.alerts();
  assert.deepEqual([alerts.counts.digests, alerts.counts.history], [0, 2]);
  const leads = await brokerage.leads();
  assert.deepEqual([leads.counts.messages, leads.counts.history], [0, 1]);
  assert.deepEqual(await brokerage.outbox(), []);

  await brokerage.tellNewsOf(third);
  assert.deepEqual(await brokerage.outbox(), ['ana@example.com: Price Change 430000'], 'news is news');
  const released = await releaseHistory(brokerage.deps(), 'no one was notified');
  assert.deepEqual([released.matches, released.leads], [1, 1]);
  await brokerage.alerts();
  assert.equal((await brokerage.leads()).counts.messages, 1);
  assert.deepEqual((await brokerage.outbox()).slice(1, 2), ['ana@example.com: New Listing 480000']);
});

test('a fresh database on a store that has a history: nothing goes out again, and the import says that it appended nothing', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  await brokerage.tellNewsOf(second);
  await brokerage.leads();

  await brokerage.freshDatabase();
  assert.equal((await brokerage.import(first)).events, 0);
  assert.equal((await brokerage.import(second)).events, 0);
  const alerts = await brokerage.alerts();
  assert.equal(alerts.counts.digests, 0);
  assert.ok((alerts.counts.history ?? 0) > 0);
  const leads = await brokerage.leads();
  assert.deepEqual([leads.counts.messages, leads.counts.offered, leads.counts.history], [0, 0, 1]);
  assert.deepEqual(await brokerage.outbox(), []);
  await brokerage.tellNewsOf(third);
  assert.deepEqual(await brokerage.outbox(), ['ana@example.com: Price Change 430000']);
});

test('messages that wait in an older database may have been sent by the lost one: they are looked up first', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  await brokerage.tellNewsOf(second);
  const recovered = await recover(brokerage.deps(), { databaseRestored: true, because: 'restored the backup' });
  assert.equal(recovered.messagesToLookUp, 1);
  const { rows } = await sql`select maybe_sent_yn from ops.outbox`.execute(brokerage.deps().db);
  assert.deepEqual(rows, [{ maybe_sent_yn: true }]);
});

test('an older database is restored: its waiting messages are not sent until a person has run recover', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  await brokerage.tellNewsOf(second);
  const restore = await brokerage.backupDatabase();
  assert.equal((await brokerage.send()).counts.previewed, 1);
  await brokerage.leads();

  await restore();
  const { counts, stopped } = await brokerage.send();
  assert.deepEqual(counts, { sent: 0, previewed: 0, failed: 0, retried: 1, withheld: 0 });
  assert.match(stopped.email!, /older than the event store/);
  assert.deepEqual(await brokerage.states(), ['pending']);
  const recovered = await recover(brokerage.deps(), { because: 'test' });
  assert.equal(recovered.messagesToLookUp, 1, 'it is looked up before it is sent');
});

test('an older event store is restored: waiting messages are neither sent nor withheld until a person has run recover', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  const restore = await brokerage.backupEventStore();
  await brokerage.tellNewsOf(second);
  assert.equal((await brokerage.leads()).counts.messages, 1);

  await restore();
  const { counts, stopped } = await brokerage.send();
  assert.deepEqual(counts, { sent: 0, previewed: 0, failed: 0, retried: 2, withheld: 0 });
  assert.deepEqual(Object.keys(stopped).sort(), ['email', 'slack']);
  assert.deepEqual(await brokerage.states(), ['pending', 'pending']);

  await recover(brokerage.deps(), { because: 'test' });
  await brokerage.send();
  await brokerage.tellNewsOf(second);
  await brokerage.leads();
  // By now the minute has passed after which the channels are tried again.
  await sql`update ops.outbox set next_attempt_at = now()`.execute(brokerage.deps().db);
  await brokerage.send();
  assert.deepEqual(await brokerage.states(), ['previewed', 'previewed']);
  assert.deepEqual((await brokerage.outbox()).sort(), ['U024BE7LH: lead-offer', ...said]);
});

test('the search for events that the database has no record of continues where the last one ended', async (t) => {
  const brokerage = await openBrokerage(t);
  await brokerage.tellNewsOf(first);
  const restore = await brokerage.backupDatabase();
  await brokerage.import(second);
  await restore();
  const { db, store } = brokerage.deps();
  const looks: boolean[] = [];
  while (!looks.includes(true) && looks.length < 50) looks.push((await findUnexplained(db, store, 2)) !== null);
  assert.equal(looks.at(-1), true);
  assert.ok((await findUnexplained(db, store, 2)) !== null, 'the same event is found again');
});
