import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { claimDue } from '../../delivery/claims.ts';
import { queueMessages } from '../../delivery/outbox.ts';
import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { fakeProviders } from './fake-providers.ts';
import {
  asleep,
  email,
  freshDatabase,
  hour,
  howTheyEnded,
  log,
  minute,
  offer,
  rows,
  setup,
  states,
} from './sending.ts';
import { timePasses } from './time.ts';

test('sends e-mails and Slack messages once, with an id for looking them up', async (t) => {
  const { db, emails, slack, send } = await setup(t);
  assert.deepEqual(await queueMessages(db, [email('a@x.com'), email('b@x.com'), offer('U1')]), [
    'alert-digest/a@x.com',
    'alert-digest/b@x.com',
    'lead-offer/o1',
  ]);
  assert.deepEqual(await queueMessages(db, [email('a@x.com')]), [], 'a duplicate is not queued again');
  const { counts } = await send();
  assert.deepEqual(counts, { sent: 3, previewed: 0, failed: 0, retried: 0, withheld: 0 });
  assert.equal((await send()).counts.sent, 0);

  const [first] = await rows(db);
  assert.equal(first?.state, 'sent');
  assert.equal(first?.provider_message_id, emails.find(({ To }) => To === 'a@x.com')?.MessageID);
  assert.deepEqual(emails.map(({ To }) => To).sort(), ['a@x.com', 'b@x.com']);
  const [mail] = emails as unknown as Record<string, unknown>[];
  assert.equal(mail?.From, 'alerts@example.com');
  assert.equal(mail?.MessageStream, 'alerts');
  assert.deepEqual(JSON.parse(slack[0]?.body.metadata ?? ''), {
    event_type: 'lead_offer',
    event_payload: { offer_key: 'o1', outbox_id: slack[0]?.outboxId },
  });
});

test('gives up on addresses that Postmark refuses, and retries account problems', async (t) => {
  const { db, nextEmail, emails, send } = await setup(t);
  await queueMessages(
    db,
    ['bounced@x.com', 'fine@x.com', 'invalid@x.com', 'later@x.com'].map((to) => email(to)),
  );
  const refusals: Record<string, { ErrorCode: number; Message: string }> = {
    'bounced@x.com': { ErrorCode: 406, Message: 'inactive' },
    'invalid@x.com': { ErrorCode: 300, Message: 'invalid' },
    'later@x.com': { ErrorCode: 405, Message: 'no credits' },
  };
  nextEmail.push((to) => refusals[to] ?? null);
  const { counts } = await send();
  assert.deepEqual(counts, { sent: 1, previewed: 0, failed: 2, retried: 1, withheld: 0 });
  assert.deepEqual(await states(db), [
    'bounced@x.com failed',
    'fine@x.com sent',
    'invalid@x.com failed',
    'later@x.com pending',
  ]);
  const later = (await rows(db))[3]!;
  assert.match(later.last_error ?? '', /405: no credits/);
  assert.ok(later.wait > 50 && later.wait <= 60, 'a minute at first');
  await timePasses(db, hour);
  await send();
  assert.deepEqual(emails.map(({ To }) => To).sort(), ['fine@x.com', 'later@x.com']);
});

test('looks up an unanswered message, and does not resend it if it was sent', async (t) => {
  const { db, nextEmail, emails, lookups, send } = await setup(t);
  await queueMessages(db, [email('a@x.com')]);
  nextEmail.push({ hangUp: true });
  assert.equal((await send()).counts.retried, 1);
  assert.equal((await rows(db))[0]?.maybe_sent_yn, true);
  assert.equal(emails.length, 1, 'Postmark accepted it, and we do not know');

  await timePasses(db, hour);
  assert.equal((await send()).counts.sent, 1);
  assert.equal(emails.length, 1);
  assert.equal(lookups.length, 1);
  assert.equal((await rows(db))[0]?.provider_message_id, 'pm-0');
});

test('resends an unanswered message only after the search has had time to show it', async (t) => {
  const { db, nextEmail, emails, lookups, send } = await setup(t);
  await queueMessages(db, [email('a@x.com')]);
  nextEmail.push({ status: 500, body: { ErrorCode: 0, Message: 'broken' } });
  await send();
  let passed = 0;
  while ((await send()).counts.sent === 0) {
    assert.equal(emails.length, 0);
    const [row] = await rows(db);
    assert.deepEqual([row?.state, row?.maybe_sent_yn], ['pending', true]);
    assert.ok(row!.wait > 0 && passed < 16 * minute, `${row!.wait}`);
    passed += row!.wait * 1000 + 1;
    await timePasses(db, row!.wait * 1000 + 1);
  }
  assert.equal(emails.length, 1);
  assert.ok(passed >= 14.9 * minute, `${passed}`);
  assert.ok(lookups.length >= 3, `${lookups.length}`);
});

test('takes over from a dead sender when its claim expires, without resending what it sent', async (t) => {
  const { db, emails, slack, send } = await setup(t);
  await queueMessages(db, [email('a@x.com'), email('b@x.com'), offer('U1'), offer(null, 'o2')]);
  const [mine] = (await claimDue<{ To: string }>(db, 'email', 1, 60_000)).messages;
  const [slackMessage] = (await claimDue(db, 'slack', 1, 60_000)).messages;
  assert.ok(mine && slackMessage);
  await send();
  assert.deepEqual([emails.length, slack.length], [1, 1], 'messages claimed by another sender are left alone');
  // What the dead sender had sent but not recorded:
  emails.push({ To: mine.message.To, Subject: '', Metadata: { outboxId: mine.outboxId }, MessageID: 'pm-dead' });
  await timePasses(db, minute);
  await send();
  assert.deepEqual([emails.length, slack.length], [2, 1], 'the e-mail was found, the Slack message not yet');
  for (let look = 0; look < 3; look++) {
    await timePasses(db, 2 * minute);
    await send();
  }
  assert.equal(slack.length, 2);
  assert.deepEqual(new Set((await rows(db)).map(({ state }) => state)), new Set(['sent']));
  assert.equal((await rows(db)).find(({ outbox_id }) => outbox_id === mine.outboxId)?.provider_message_id, 'pm-dead');
});

test('e-mail: after the machine was asleep in the middle of a batch, what it had not sent is left to others', async (t) => {
  const { db, emails, nextEmail, send } = await setup(t);
  await queueMessages(db, [email('a@x.com'), email('b@x.com'), email('c@x.com')]);
  nextEmail.push({ status: 422, body: { ErrorCode: 402, Message: 'Invalid JSON' } });
  nextEmail.push(() => {
    asleep(t);
    return null;
  });
  await send();
  assert.equal(emails.length, 1, 'the first half, before it fell asleep');
  assert.deepEqual(await howTheyEnded(db), ['pending', 'pending', 'sent']);
});

test('a bad Postmark token stops e-mail, and the messages wait', async (t) => {
  const { db, nextEmail, send } = await setup(t);
  await queueMessages(db, [email('a@x.com')]);
  nextEmail.push({ status: 401, body: { ErrorCode: 10, Message: 'Bad token' } });
  assert.match((await send()).stopped.email ?? '', /POSTMARK_SERVER_TOKEN/);
  const [row] = await rows(db);
  assert.deepEqual([row?.state, row?.attempts], ['pending', 0]);
});

test('one message for which Postmark refuses a whole batch does not affect the others', async (t) => {
  const { db, nextEmail, emails, send } = await setup(t);
  await queueMessages(
    db,
    ['a@x.com', 'b@x.com', 'c@x.com'].map((to) => email(to)),
  );
  const refused = { status: 422, body: { ErrorCode: 402, Message: 'Invalid JSON' } };
  nextEmail.push(refused, refused); // the whole batch, then its first half of one message
  const { counts } = await send();
  assert.deepEqual([counts.sent, counts.failed], [2, 1]);
  assert.equal(emails.length, 2);
});

test('gives up visibly on what cannot be sent for hours', async (t) => {
  const { db, nextEmail, send } = await setup(t);
  await queueMessages(db, [email('a@x.com')]);
  for (let attempt = 1; attempt <= 12; attempt++) {
    nextEmail.push(() => ({ ErrorCode: 429, Message: 'busy' }));
    await send();
    await timePasses(db, hour);
  }
  const [row] = await rows(db);
  assert.equal(row?.state, 'failed');
  assert.match(row?.last_error ?? '', /given up after 12 attempts: Postmark 429/);
  assert.equal((await send()).counts.sent, 0);
});

test('concurrent senders send each message once', async (t) => {
  const { db, emails, config, send } = await setup(t);
  await queueMessages(
    db,
    Array.from({ length: 900 }, (_, index) => email(`lead-${index}@x.com`)),
  );
  const others = await Promise.all([1, 2, 3].map(() => openTransports(db, config)));
  await Promise.all([send(), ...others.map((transports) => sendDue({ db, log, transports }))]);
  assert.equal(emails.length, 900);
  assert.equal(new Set(emails.map(({ To }) => To)).size, 900);
  assert.ok((await rows(db)).every(({ state }) => state === 'sent'));
});

test('does not send withheld messages', async (t) => {
  const { db, emails, config } = await setup(t);
  await queueMessages(db, [email('a@x.com'), email('b@x.com')]);
  const transports = await openTransports(db, config);
  const { counts } = await sendDue({
    db,
    log,
    transports,
    withhold: async (messages) =>
      new Map(
        messages.filter(({ recipient }) => recipient === 'a@x.com').map(({ outboxId }) => [outboxId, 'opted out']),
      ),
  });
  assert.deepEqual([counts.sent, counts.withheld], [1, 1]);
  assert.deepEqual(await states(db), ['a@x.com withheld', 'b@x.com sent']);
  assert.deepEqual(
    emails.map(({ To }) => To),
    ['b@x.com'],
  );
});

test('sends nothing while eligibility cannot be checked, without counting it as an attempt', async (t) => {
  const { db, emails, config } = { ...(await setup(t)), ...(await fakeProviders(t)) };
  const transports = await openTransports(db, config);
  await queueMessages(db, [email('a@x.com'), offer('U1')]);
  await sql`update ops.outbox set maybe_sent_yn = true`.execute(db);
  const withhold = async () => {
    throw new Error('the event store is away');
  };
  const { counts, stopped } = await sendDue({ db, log, transports, withhold });
  assert.deepEqual([counts.sent, emails.length], [0, 0]);
  assert.match(stopped.email ?? '', /could not check.*the event store is away/);
  for (const row of await rows(db)) {
    assert.deepEqual([row.state, row.attempts, row.maybe_sent_yn], ['pending', 0, true]);
    assert.ok(row.wait > 0 && row.wait <= 30, `retries soon: ${row.wait} s`);
  }
});

test('with nothing configured, the same clients use the preview, which stores what would have been sent', async (t) => {
  const db = await freshDatabase(t);
  const transports = await openTransports(db, { postmark: undefined, slack: undefined });
  t.after(async () => await transports.close());
  await queueMessages(db, [email('a@x.com'), offer('U1'), offer(null, 'o2')]);
  const send = () => sendDue({ db, log, transports });
  assert.deepEqual((await send()).counts, { sent: 0, previewed: 3, failed: 0, retried: 0, withheld: 0 });
  assert.deepEqual(await states(db), ['a@x.com previewed', 'U1 previewed', 'channel previewed']);
  const kept = async () =>
    (
      await sql<{ recipient: string; body: Record<string, unknown> }>`
        select recipient, body from ops.preview_message join ops.outbox on outbox.outbox_id::text = preview_message.outbox_id
        order by dedupe_key`.execute(db)
    ).rows;
  const [mail, toUser, toChannel] = await kept();
  assert.equal(mail?.body.Subject, 'Homes');
  assert.equal(mail?.body.From, 'openhouse <alerts@openhouse.example>');
  assert.deepEqual([toUser?.body.channel, toChannel?.body.channel], ['U1', 'new-leads']);
  assert.deepEqual(toUser?.body.blocks, offer('U1').message.blocks);

  // A crash between sending and recording it: both are found again.
  await sql`update ops.outbox set state = 'sending', claimed_until = clock_timestamp()`.execute(db);
  assert.equal((await send()).counts.previewed, 3);
  assert.equal((await kept()).length, 3, 'nothing was sent twice');
});
