import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { optIn } from '../../../commands/leads/consent.ts';
import { leadsThatAskedToStop } from '../../../delivery/opt-out-requests.ts';
import { readOutcomes, readReports } from '../../../queries/messages/reports.ts';
import { applyReports } from '../../../schedulers/delivering/apply-reports.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { payloads, type ReportWorld, useReportWorld } from './support.ts';

const { delivery, open, click, bounce, complaint, subscription } = payloads;

suite('what Postmark reports', () => {
  let world: ReportWorld;
  useReportWorld((opened) => {
    world = opened;
  });
  const addresses = async () => (await world.undeliverable()).map(({ recipient }) => recipient);
  /** A lead with this address, who was sent an e-mail. */
  const sentTo = async (name: string) => {
    const email = `${name}@example.com`;
    await world.lead(name, { email });
    return { email, ...(await world.send(name, email)) };
  };

  test('is on the record of the message: delivered, opened, clicked', async () => {
    const { outboxId, messageId, email } = await sentTo('reader');
    assert.equal((await world.fate(outboxId)).fateText, null);
    await world.report(delivery(messageId, email));
    const delivered = await world.fate(outboxId);
    assert.equal(delivered.fateText, 'delivered');
    assert.equal(delivered.fate?.deliveredAt?.toISOString(), '2026-03-31T10:00:01.907Z');
    await world.report(
      open(messageId, email),
      click(messageId, email, 'https://crm.example.com/homes/l%201?x=1'),
      click(messageId, email, 'https://crm.example.com/homes/l%201?x=2'),
      click(messageId, email, 'https://crm.example.com/elsewhere'),
    );
    const { fate, fateText } = await world.fate(outboxId);
    assert.equal(fateText, 'delivered, opened once, clicked 3 times');
    assert.deepEqual(fate?.clickedListingKeys, ['l 1']);
    assert.equal(fate?.clickedAt?.toISOString(), '2026-03-31T14:00:00.000Z', 'no later than it was reported');
  });

  test('is found by our own id, when Postmark gave us no answer', async () => {
    world.nextEmail.push({ hangUp: true });
    const { outboxId, state } = await world.send(null, 'silence@example.com');
    assert.equal(state, 'pending');
    const sent = world.emails.length;
    await world.report({ ...delivery('pm-unheard', 'silence@example.com'), Metadata: { outboxId } });
    const message = await world.fate(outboxId);
    assert.deepEqual([message.state, message.fateText], ['sent', 'delivered']);
    await sql`update ops.outbox set next_attempt_at = now() where outbox_id = ${outboxId}`.execute(world.db);
    await world.deliver();
    assert.equal(world.emails.length, sent);
  });

  test('no one has to decide about an unconfirmed message that Postmark reports on', async () => {
    const { outboxId, messageId } = await world.send(null, 'unsure@example.com');
    await sql`update ops.outbox set state = 'unconfirmed', provider_message_id = null where outbox_id = ${outboxId}`.execute(
      world.db,
    );
    await world.report({ ...open(messageId, 'unsure@example.com'), Metadata: { outboxId: outboxId.toUpperCase() } });
    assert.equal((await world.fate(outboxId)).state, 'sent');
  });

  test('gives the same record in any order, and however often it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }),
        fc.array(fc.nat({ max: 6 }), { maxLength: 4 }),
        async (order, again) => {
          const to = 'any@example.com';
          const { outboxId, messageId } = await world.send(null, to);
          const all = [
            delivery(messageId, to),
            open(messageId, to),
            open(messageId, to, '2026-03-31T10:07:00Z'),
            click(messageId, to),
            bounce(messageId, to, 'SoftBounce', false, '2026-03-31T10:02:00Z'),
            bounce(messageId, to, 'AutoResponder', false),
            bounce(messageId, to, 'Transient', false, '2026-03-31T10:01:00Z'),
          ];
          for (const index of [...order, ...again]) assert.equal((await world.post(all[index]!)).status, 200);
          await world.deliver();
          const { fate, fateText } = await world.fate(outboxId);
          assert.equal(
            fateText,
            'bounced (the mailbox cannot be reached at present), delivered, opened twice, clicked once',
          );
          assert.equal(fate?.openedAt?.toISOString(), '2026-03-31T10:05:00.000Z');
        },
      ),
      { numRuns: runs(8) },
    );
    assert.deepEqual(await addresses(), []);
  });

  for (const { type, inactive, means } of [
    { type: 'HardBounce', inactive: true, means: 'nothing more is sent there' },
    { type: 'HardBounce', inactive: false, means: 'nothing more is sent there' },
    { type: 'ManuallyDeactivated', inactive: true, means: 'nothing more is sent there' },
    { type: 'BadEmailAddress', inactive: true, means: 'nothing more is sent there' },
    { type: 'OfTheFuture', inactive: true, means: 'nothing more is sent there' },
    { type: 'SoftBounce', inactive: false, means: 'the next e-mail is sent' },
    { type: 'Transient', inactive: false, means: 'the next e-mail is sent' },
    { type: 'SpamNotification', inactive: false, means: 'the next e-mail is sent' },
    { type: 'OfTheFuture', inactive: false, means: 'the next e-mail is sent' },
    { type: 'AutoResponder', inactive: false, means: 'the next e-mail is sent' },
  ]) {
    test(`after a bounce of the type ${type}${inactive ? ', with the address deactivated' : ''}, ${means}`, async () => {
      const name = `${type}-${inactive}`.toLowerCase();
      const { email, messageId } = await sentTo(name);
      await world.report(bounce(messageId, email, type, inactive));
      const next = await world.send(name, email);
      const stopped = means.startsWith('nothing');
      assert.equal(next.state === 'sent', !stopped, `${next.state}: ${next.lastError}`);
      assert.equal((await addresses()).includes(email), stopped);
      assert.deepEqual(await world.optOuts(name), []);
    });
  }

  test('a hard bounce stays, whatever soft bounce is reported after it', async () => {
    const { email, messageId, outboxId } = await sentTo('worse');
    await world.report(
      bounce(messageId, email, 'HardBounce'),
      bounce(messageId, email, 'SoftBounce', false, '2026-03-31T13:00:00Z'),
    );
    assert.equal((await world.fate(outboxId)).fate?.bounceType, 'HardBounce');
  });

  for (const [how, reason, report] of [
    ['marks an e-mail as spam', 'The person marked an e-mail as spam', complaint],
    [
      'marks an e-mail as spam, reported as a bounce',
      'The person marked an e-mail as spam',
      (id: string, to: string) => bounce(id, to, 'SpamComplaint', true),
    ],
    [
      'asks to be unsubscribed by e-mail',
      'The person unsubscribed, Postmark reports',
      (id: string, to: string) => bounce(id, to, 'Unsubscribe', false),
    ],
    [
      'uses the unsubscribe link of Postmark',
      'The person unsubscribed, Postmark reports',
      (id: string, to: string) => subscription(to, { MessageID: id, SuppressSending: true, Origin: 'Recipient' }),
    ],
    [
      'is put on the list of suppressed addresses for a complaint',
      'The person marked an e-mail as spam',
      (id: string, to: string) =>
        subscription(to, {
          MessageID: id,
          SuppressSending: true,
          Origin: 'Recipient',
          SuppressionReason: 'SpamComplaint',
        }),
    ],
  ] as const) {
    test(`whoever ${how} has opted out, and the history says why`, async () => {
      const { email, messageId } = await sentTo(`out${how.length}`);
      await world.report(report(messageId, email));
      assert.deepEqual(await world.optOuts(`out${how.length}`), [{ source: 'postmark', reason }]);
      await world.catchUp();
      const next = await world.send(`out${how.length}`, email);
      assert.equal(next.state, 'withheld');
    });
  }

  test('an opt-out counts as soon as the report is applied, before it is an event', async () => {
    const { email, messageId } = await sentTo('away');
    assert.equal((await world.post(complaint(messageId, email))).status, 200);
    await applyReports({ db: world.db, log: world.log, messageStream: 'alerts' });
    assert.ok((await leadsThatAskedToStop(world.db)).has('away'));
    assert.deepEqual(await world.optOuts('away'), []);
    await world.deliver();
    assert.equal((await world.optOuts('away')).length, 1);
  });

  test('a suppression by the brokerage or Postmark blocks the address, and is no one’s opt-out', async () => {
    for (const [name, Origin] of [
      ['customer', 'Customer'],
      ['admin', 'Admin'],
    ] as const) {
      const { email } = await sentTo(name);
      await world.report(subscription(email.toUpperCase(), { SuppressSending: true, Origin }));
      assert.ok((await addresses()).includes(email));
      assert.deepEqual(await world.optOuts(name), []);
      assert.equal((await world.send(name, email)).state, 'withheld');
    }
  });

  test('an unsubscription that names no message opts out the leads with that address', async () => {
    await sentTo('unnamed');
    await world.catchUp();
    await world.report(subscription('unnamed@example.com', { SuppressSending: true, Origin: 'Recipient' }));
    assert.equal((await world.optOuts('unnamed')).length, 1);
  });

  test('reports about another message stream are ignored', async () => {
    await sentTo('streamed');
    const other = { ...subscription('streamed@example.com', { SuppressSending: true }), MessageStream: 'newsletter' };
    await world.report(other);
    assert.equal((await world.results()).at(-1)?.result, 'other-stream');
    assert.ok(!(await addresses()).includes('streamed@example.com'));
  });

  test('an address that is reactivated at Postmark is written to again', async () => {
    const { email, messageId } = await sentTo('back');
    await world.report(bounce(messageId, email, 'HardBounce'));
    assert.ok((await addresses()).includes(email));
    await world.report(subscription(email, { SuppressSending: false }));
    assert.ok(!(await addresses()).includes(email));
    assert.equal((await world.send('back', email)).state, 'sent');
  });

  test('a reactivation and a suppression count by their times, not by when they come', async () => {
    const { email, messageId } = await sentTo('late');
    await world.report(subscription(email, { SuppressSending: false }, '2026-03-31T13:00:00Z'));
    await world.report(bounce(messageId, email, 'HardBounce', true, '2026-03-31T12:00:00Z'));
    assert.ok(!(await addresses()).includes(email), 'the bounce was before it');
    await world.report(bounce(messageId, email, 'HardBounce', true, '2026-03-31T13:30:00Z'));
    await world.report(subscription(email, { SuppressSending: false }, '2026-03-31T13:10:00Z'));
    assert.ok((await addresses()).includes(email), 'the bounce was after it');
  });

  for (const Origin of ['Recipient', 'Customer', 'Admin']) {
    test(`a reactivation by ${Origin} never undoes a person’s own opt-out`, async () => {
      const name = `never-${Origin.toLowerCase()}`;
      const { email, messageId } = await sentTo(name);
      await world.report(complaint(messageId, email), subscription(email, { SuppressSending: false, Origin }));
      await world.catchUp();
      assert.ok(!(await addresses()).includes(email));
      assert.equal((await world.send(name, email)).state, 'withheld');
    });
  }

  test('an opt-in by the person holds until they complain anew', async () => {
    const { email, messageId } = await sentTo('anew');
    await world.report(complaint(messageId, email));
    await world.catchUp();
    await world.deliver();
    const context = {
      actor: { kind: 'person', id: 'broker' },
      source: 'console',
      occurredAt: '2026-03-31T13:00:00.000Z',
      correlationId: 'opt-in',
      causationId: 'opt-in',
    } as const;
    await optIn(world.store, 'anew', context);
    await world.report(
      subscription(email, { SuppressSending: false }, '2026-03-31T13:00:00Z'),
      complaint(messageId, email),
    );
    await world.catchUp();
    const again = await world.send('anew', email);
    assert.equal(again.state, 'sent', again.lastError ?? '');
    await world.report(complaint(again.messageId, email, '2026-03-31T13:30:00Z'));
    assert.equal((await world.optOuts('anew')).length, 2);
  });

  test('is counted by kind of e-mail, and by what came of the reports', async () => {
    const period = { since: new Date(0), until: new Date(Date.now() + 60_000) };
    const { rows } = await sql<{ sent: number; bounced: number }>`
      select count(*)::int as sent, count(bounced_at)::int as bounced
      from ops.outbox left join ops.email_fate using (outbox_id)
      where channel = 'email' and state = 'sent' and kind = 'alert-digest'`.execute(world.db);
    const [digests] = await readOutcomes(world.db, period);
    assert.deepEqual({ sent: digests?.sent, bounced: digests?.bounced }, rows[0]);
    assert.ok(digests!.opened > 0 && digests!.clicked > 0 && digests!.complained > 0 && digests!.unsubscribed > 0);
    assert.deepEqual(await readOutcomes(world.db, { since: new Date(0), until: new Date(1) }), []);
    const { counts, waiting } = await readReports(world.db);
    assert.equal(waiting, 0);
    assert.ok(
      counts.some(({ recordType, result }) => recordType === 'SubscriptionChange' && result === 'other-stream'),
    );
  });

  test('an agent who marks their summary as spam gets no more; no lead is opted out', async () => {
    await world.agent('agnes', { memberEmail: 'agnes@example.com' });
    await world.catchUp();
    const summary = { kind: 'agent-summary', memberKey: 'agnes' };
    const { messageId } = await world.send(null, 'agnes@example.com', summary);
    await world.report(complaint(messageId, 'agnes@example.com'));
    assert.ok((await addresses()).includes('agnes@example.com'));
    assert.equal((await world.send(null, 'agnes@example.com', summary)).state, 'withheld');
  });
});
