import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueMessages } from '../../delivery/outbox.ts';
import { sendDue } from '../../delivery/sending/send-due.ts';
import { openTransports } from '../../delivery/sending/transports.ts';
import { until } from '../support/until.ts';
import { asleep, hour, howTheyEnded, log, minute, offer, rows, setup } from './sending.ts';
import { timePasses } from './time.ts';

test('Slack: looks up an unanswered message in the conversation; without permission, leaves it to a person', async (t) => {
  const { db, nextSlack, nextHistory, slack, send } = await setup(t);
  await queueMessages(db, [offer('U1')]);
  nextSlack.push({ hangUp: true });
  await send();
  await timePasses(db, hour);
  assert.equal((await send()).counts.sent, 1);
  assert.equal(slack.length, 1);

  await timePasses(db, minute);
  await queueMessages(db, [offer('U1', 'o2')]);
  nextSlack.push({ hangUp: true });
  await send();
  await timePasses(db, hour);
  nextHistory.push({ body: { ok: false, error: 'missing_scope' } });
  assert.equal((await send()).counts.failed, 1);
  const [, row] = await rows(db);
  assert.equal(row?.state, 'unconfirmed', 'a person has to say whether it was sent');
  assert.match(row?.last_error ?? '', /may have been sent, and Slack does not let us check/);
  assert.equal(slack.length, 2);
});

test('Slack: after the machine was asleep in the middle of a batch, what it had not sent is left to others', async (t) => {
  const { db, slack, config } = await setup(t);
  const transports = await openTransports(db, config);
  await queueMessages(db, [offer('U1', 'o1'), offer('U2', 'o2'), offer('U3', 'o3')]);
  const send: typeof transports.slack.sender.send = async (message) => {
    const outcome = await transports.slack.sender.send(message);
    asleep(t);
    return outcome;
  };
  const sleepy = { ...transports, slack: { ...transports.slack, sender: { ...transports.slack.sender, send } } };
  await sendDue({ db, log, transports: sleepy });
  assert.equal(slack.length, 1);
  assert.deepEqual(await howTheyEnded(db), ['pending', 'pending', 'sent']);
});

test('Slack: finds a message although our clock is 30 s ahead of Slack’s', async (t) => {
  const { db, nextSlack, nextHistory, slack, send } = await setup(t);
  await queueMessages(db, [offer('U1')]);
  nextSlack.push({ hangUp: true });
  await send();
  await timePasses(db, 3 * minute);
  // Slack lists what is newer than `oldest`, by its own clock.
  const [message] = slack;
  const ts = Number(message!.ts) - 30;
  nextHistory.push(({ oldest }) => ({
    body: {
      ok: true,
      has_more: false,
      messages: ts > Number(oldest) ? [{ ts: String(ts), metadata: JSON.parse(message!.body.metadata!) }] : [],
    },
  }));
  assert.equal((await send()).counts.sent, 1);
  assert.equal(slack.length, 1);
});

const notFromSlack: readonly { body?: unknown; status?: number; headers?: Record<string, string> }[] = [
  { body: {} },
  { body: { ok: false } },
  { body: { ok: false, error: null } },
  { body: { ok: false, error: { code: 7 } } },
  { body: { error: 'channel_not_found' } },
  { body: [] },
  { body: 'unavailable', headers: { 'content-type': 'text/plain' } },
  { body: 'undefined', headers: { 'content-type': 'text/plain' } },
  { body: '<html>One moment</html>', headers: { 'content-type': 'text/html' } },
];

for (const answer of notFromSlack) {
  test(`Slack: ${JSON.stringify(answer.body)} is not a refusal: the message is looked up before it is sent again`, async (t) => {
    const { db, nextSlack, slack, send } = await setup(t);
    await queueMessages(db, [offer('U1', 'o1')]);
    nextSlack.push(answer);
    await send();
    const [row] = await rows(db);
    assert.deepEqual([row?.state, row?.maybe_sent_yn, slack.length], ['pending', true, 0]);
  });
}

test('Slack: a channel gets one message per second, and others need not wait for it', async (t) => {
  const { db, slack, send } = await setup(t);
  await queueMessages(db, [
    offer('U1', 'o1'),
    offer('U1', 'o2'),
    offer('U1', 'o3'),
    offer('U2', 'o4'),
    offer(null, 'o5'),
  ]);
  const { againAfterMs = 0 } = await send();
  assert.deepEqual([...new Set(slack.map(({ channel }) => channel))].sort(), ['C1', 'D1', 'D2']);
  assert.ok(againAfterMs <= 1_000, 'it asks to be called again');
  await queueMessages(db, [offer('U2', 'o6')]);
  await until('the others to be sent, also what was queued meanwhile', async () => {
    await send();
    return slack.length === 6;
  });
  assert.equal((await send()).againAfterMs, undefined);
  for (const recipient of ['C1', 'D1', 'D2']) {
    const times = slack.filter(({ channel }) => channel === recipient).map(({ ts }) => Number(ts) * 1_000);
    for (const [at, time] of times.slice(1).entries())
      assert.ok(time - times[at]! > 998, `${recipient} got another message after ${time - times[at]!} ms`);
  }
});
test('Slack: a rate limit stops the channel without counting as an attempt', async (t) => {
  const { db, nextSlack, slack, send } = await setup(t);
  await queueMessages(db, [offer('U1', 'o1'), offer('U2', 'o2')]);
  nextSlack.push({ status: 429, headers: { 'retry-after': '7' } });
  const limited = await send();
  assert.equal(limited.stopped.slack, 'Slack asks us to wait');
  for (const { state, attempts, wait } of await rows(db)) {
    assert.deepEqual([state, attempts], ['pending', 0]);
    assert.ok(wait > 5 && wait <= 7);
  }
  assert.equal(slack.length, 0);
});

test('Slack: a bad token stops the channel without counting as an attempt', async (t) => {
  const { db, nextSlack, send } = await setup(t);
  await queueMessages(db, [offer('U1', 'o1'), offer('U2', 'o2')]);
  nextSlack.push({ body: { ok: false, error: 'invalid_auth' } });
  assert.match((await send()).stopped.slack ?? '', /SLACK_BOT_TOKEN/);
  for (const { state, attempts } of await rows(db)) assert.deepEqual([state, attempts], ['pending', 0]);
});

test('Slack: a message to an unknown channel fails without affecting the others', async (t) => {
  const { db, nextSlack, send } = await setup(t);
  await queueMessages(db, [offer('U1', 'o1'), offer('U2', 'o2')]);
  nextSlack.push({ body: { ok: false, error: 'channel_not_found' } });
  const { counts } = await send();
  assert.deepEqual([counts.failed, counts.sent], [1, 1]);
});
