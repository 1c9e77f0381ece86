import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { isFromSlack, slackSignature } from '../../slack/signature.ts';
import fc from '../support/fast-check.ts';
import { openSlackWorld } from './support.ts';

test('a request is accepted when its own body is signed with our secret, within five minutes both ways', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), fc.integer({ min: -900, max: 900 }), (secret, bytes, seconds) => {
      const now = new Date('2026-03-31T14:00:00Z');
      const timestamp = String(now.getTime() / 1000 + seconds);
      const rawBody = Buffer.from(bytes);
      const signature = slackSignature(secret, timestamp, rawBody);
      const believed = (changes: object) => isFromSlack(secret, { timestamp, signature, rawBody, ...changes }, now);
      assert.equal(believed({}), Math.abs(seconds) <= 300);
      assert.equal(believed({ rawBody: Buffer.concat([rawBody, Buffer.from(' ')]) }), false);
      assert.equal(believed({ timestamp: String(Number(timestamp) + 1) }), false);
      assert.equal(believed({ signature: `${signature}0` }), false);
      assert.equal(believed({ signature: undefined }), false);
      assert.equal(isFromSlack(`${secret}x`, { timestamp, signature, rawBody }, now), false);
    }),
  );
});

test('the signature is the one of the example in Slack’s documentation', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
    '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
    '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  assert.equal(
    slackSignature('8f742231b10e8888abcd99yyyzzz85a5', '1531420618', body),
    'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  );
});

suite('requests of Slack', () => {
  let world: Awaited<ReturnType<typeof openSlackWorld>>;
  const closing: (() => unknown)[] = [];
  before(async () => {
    world = await openSlackWorld({ after: (work) => void closing.push(work as () => unknown) });
    await world.agent('ana', { memberFullName: 'Ana Ruiz', slackUserId: 'UANA00001' });
    await world.lead('c1', { firstName: 'Maria', email: 'maria@example.com' });
    await world.catchUp();
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });
  const kept = async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from ops.slack_request`.execute(
      world.db,
    );
    return rows[0]!.count;
  };
  const payload = () =>
    JSON.stringify(world.pressOf('UANA00001', 'accept_lead', { offerKey: 'o', contactKey: 'c1', memberKey: 'ana' }));

  for (const path of ['/slack/interactions', '/slack/commands']) {
    test(`${path} keeps nothing of a request that is forged, or five minutes old, or from the future`, async () => {
      const before = await kept();
      const form = { payload: payload(), command: '/openhouse', user_id: 'UANA00001', text: 'mine' };
      const minutes = (count: number) => new Date(world.clock.now().getTime() + count * 60_000);
      assert.equal((await world.post(path, form, { signWith: 'guessed' })).status, 401);
      assert.equal((await world.post(path, form, { at: minutes(-6) })).status, 401);
      assert.equal((await world.post(path, form, { at: minutes(6) })).status, 401);
      const unsigned = await fetch(`${world.endpoints.url}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      assert.equal(unsigned.status, 401);
      assert.equal(await kept(), before);
    });
  }

  test('is acknowledged before it is handled, and handled once, however often Slack sends it', async () => {
    const before = await kept();
    const again = payload();
    const first = await world.post('/slack/interactions', { payload: again });
    assert.equal(first.status, 200);
    assert.equal(await first.text(), '');
    const repeats = await Promise.all(
      [1, 2, 3].map((count) =>
        world.post('/slack/interactions', { payload: again }, { headers: { 'x-slack-retry-num': String(count) } }),
      ),
    );
    assert.deepEqual(
      repeats.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(await kept(), before + 1);
    const answers = world.slack.answers.length;
    await world.handleAll();
    await world.handleAll();
    assert.equal(world.slack.answers.length, answers + 1);
  });

  test('only what cannot be understood is refused', async () => {
    assert.equal((await world.post('/slack/interactions', { payload: '{"type":' })).status, 400);
    assert.equal((await world.post('/slack/interactions', {})).status, 400);
    assert.equal((await world.post('/slack/commands', { text: 'mine' })).status, 400);
    // Kinds that mean nothing to us are acknowledged: Slack would show an error otherwise.
    const other = JSON.stringify({ type: 'view_closed', user: { id: 'UANA00001' }, trigger_id: 't' });
    assert.equal((await world.post('/slack/interactions', { payload: other })).status, 200);
    assert.equal((await world.handleAll()).at(-1), 'ignored');
  });

  test('a press that was acknowledged before a crash is handled by the next process, and its content is deleted', async () => {
    await world.post('/slack/interactions', { payload: payload() });
    // Its process claimed it and died.
    await sql`
      update ops.slack_request set attempts = 1, claimed_until = clock_timestamp() - interval '1 second'
      where handled_at is null`.execute(world.db);
    assert.equal((await world.handleAll()).at(-1), 'offer-missing');
    const { rows } = await sql`select from ops.slack_request where payload is not null`.execute(world.db);
    assert.equal(rows.length, 0);
  });

  test('a press whose claim lasts for a year (a clock was wrong) is handled', async () => {
    await world.post('/slack/interactions', { payload: payload() });
    await sql`
      update ops.slack_request set attempts = 1, claimed_until = clock_timestamp() + interval '1 year'
      where handled_at is null`.execute(world.db);
    assert.equal((await world.handleAll()).at(-1), 'offer-missing');
  });

  test('an answer goes to Slack and nowhere else', async () => {
    const { slackApi } = await import('../../delivery/providers/slack-api.ts');
    const { buildSlackAnswer } = await import('../../delivery/slack/build-answer.ts');
    const api = slackApi({ botToken: 'xoxb', apiUrl: 'https://slack.com/api/' });
    for (const address of [
      'http://127.0.0.1:9/',
      'https://hooks.slack.com.evil.example/',
      'http://hooks.slack.com/x',
      '',
    ]) {
      await assert.rejects(api.answer(address, buildSlackAnswer('hello')), /not an address of Slack/);
    }
  });
});
