import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { openPublicPages } from '../../console/support.ts';
import { basic, payloads, type ReportWorld, secret, useReportWorld } from './support.ts';

suite('the webhook of Postmark', () => {
  let world: ReportWorld;
  useReportWorld((opened) => {
    world = opened;
  });
  const delivery = (id: string) => payloads.delivery(id, 'ana@example.com');

  test('is off without a secret', async () => {
    const pages = await openPublicPages(world as unknown as Parameters<typeof openPublicPages>[0]);
    try {
      const response = await fetch(`${pages.url}/postmark/webhook`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...basic('') },
        body: '{}',
      });
      assert.equal(response.status, 404);
    } finally {
      await pages.close();
    }
  });

  test('refuses a request without the secret with 401, and keeps nothing', async () => {
    const before = (await world.results()).length;
    const wrong = [
      {},
      basic('guessed'),
      basic(`${secret}x`),
      basic(secret.slice(1)),
      { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
      { authorization: 'Basic' },
      { authorization: 'Bearer guessed' },
      { 'x-webhook-secret': '' },
      { 'x-webhook-secret': secret.toUpperCase() },
    ];
    for (const headers of wrong) {
      assert.equal((await world.post(delivery('m'), headers as Record<string, string>)).status, 401);
      assert.equal((await world.post('{', headers as Record<string, string>)).status, 401);
    }
    assert.equal((await world.results()).length, before);
  });

  test('takes the secret as a password, a bearer token or a header of its own', async () => {
    const right = [basic(secret), basic(secret, ''), { 'x-webhook-secret': secret }];
    for (const [index, headers] of right.entries())
      assert.equal((await world.post(delivery(`right-${index}`), headers)).status, 200);
    const pages = await openPublicPages(world as unknown as Parameters<typeof openPublicPages>[0], {
      POSTMARK_WEBHOOK_SECRET: 'token',
    });
    const response = await fetch(`${pages.url}/postmark/webhook`, {
      method: 'POST',
      headers: { authorization: 'Bearer token' },
      body: JSON.stringify(delivery('right-3')),
    });
    await pages.close();
    assert.equal(response.status, 200);
  });

  test('a body that is not a JSON object is answered with 400, and kept once', async () => {
    const before = (await world.results()).length;
    for (const body of ['{"RecordType":', '[]', '"Delivery"', 'null', '', '{"RecordType":'])
      assert.equal((await world.post(body)).status, 400);
    const kept = (await world.results()).slice(before);
    assert.deepEqual(new Set(kept.map(({ result }) => result)), new Set(['not-understood']));
    assert.equal(kept.length, 5);
  });

  test('a body that is far too long is refused', async () => {
    const long = JSON.stringify({ ...delivery('long'), Details: 'x'.repeat(6 * 1024 * 1024) });
    assert.equal((await world.post(long)).status, 413);
  });

  test('what it does not know or understand is acknowledged and kept, with the reason', async () => {
    const before = (await world.results()).length;
    const { MessageID: _, ...withoutId } = delivery('x');
    const odd: [object, string, boolean][] = [
      [{ RecordType: 'LinkPreview', MessageID: 'm' }, 'unknown-type', true],
      [{ hello: 'world' }, 'unknown-type', true],
      [{ RecordType: 7 }, 'unknown-type', true],
      [withoutId, 'not-understood', true],
      [{ ...delivery('y'), DeliveredAt: 'yesterday' }, 'not-understood', true],
      [{ ...delivery('z'), Recipient: { nested: true } }, 'not-understood', true],
      [{ ...payloads.bounce('b', 'a@example.com', 'HardBounce'), Inactive: 'yes' }, 'not-understood', true],
      [{ RecordType: '\0\ud800', Text: '\0' }, 'unknown-type', true],
      [{ From: 'a@example.com', MailboxHash: '', TextBody: 'Hello' }, 'inbound', false],
      [{ RecordType: 'Inbound', From: 'a@example.com', TextBody: 'Hello again' }, 'inbound', false],
    ];
    for (const [payload] of odd) assert.equal((await world.post(payload)).status, 200, JSON.stringify(payload));
    await world.deliver();
    assert.deepEqual(
      (await world.results()).slice(before).map(({ result, kept }) => [result, kept]),
      odd.map(([, result, kept]) => [result, kept]),
    );
  });

  test('a report is applied once, however often Postmark sends it', async () => {
    const { outboxId, messageId } = await world.send(null, 'often@example.com');
    const opened = payloads.open(messageId, 'often@example.com');
    await Promise.all(Array.from({ length: 5 }, () => world.post(opened)));
    await Promise.all([world.deliver(), world.deliver(), world.deliver()]);
    await world.report(opened);
    assert.equal((await world.fate(outboxId)).fate?.opens, 1);
    await world.report({ ...opened, ReceivedAt: '2026-03-31T10:05:01Z' });
    assert.equal((await world.fate(outboxId)).fate?.opens, 2);
  });

  test('a report on a message that is not ours is counted and changes nothing', async () => {
    const before = (await world.results()).length;
    await world.report(
      payloads.bounce('883953f4-6105-42a2-a16a-77a8eac79483', 'john@example.com', 'HardBounce'),
      payloads.complaint('883953f4-6105-42a2-a16a-77a8eac79483', 'john@example.com'),
    );
    const came = (await world.results()).slice(before);
    assert.deepEqual(
      came.map(({ result, kept }) => [result, kept]),
      [
        ['other-message', false],
        ['other-message', false],
      ],
    );
    assert.ok((await world.undeliverable()).every(({ recipient }) => recipient !== 'john@example.com'));
  });

  test('is not acknowledged while it cannot be kept', async () => {
    await sql`alter table ops.postmark_report rename to postmark_report_away`.execute(world.db);
    try {
      assert.equal((await world.post(delivery('while-away'))).status, 503);
    } finally {
      await sql`alter table ops.postmark_report_away rename to postmark_report`.execute(world.db);
    }
    assert.equal((await world.post(delivery('while-away'))).status, 200);
  });

  test('one report that cannot be applied does not stop the others, and is applied later', async () => {
    const [bad, good] = [await world.send(null, 'bad@example.com'), await world.send(null, 'good@example.com')];
    await sql`
      create function ops.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'no room for bad@example.com'; end $$`.execute(world.db);
    await sql
      .raw(`create trigger refuse before insert on ops.email_fate for each row
        when (new.outbox_id = '${bad.outboxId}') execute function ops.refuse()`)
      .execute(world.db);
    await world.report(
      payloads.delivery(bad.messageId, 'bad@example.com'),
      payloads.delivery(good.messageId, 'good@example.com'),
    );
    assert.equal((await world.fate(bad.outboxId)).fate, null);
    assert.equal((await world.fate(good.outboxId)).fateText, 'delivered');
    await sql`drop trigger refuse on ops.email_fate`.execute(world.db);
    await sql`update ops.postmark_report set next_attempt_at = clock_timestamp() where handled_at is null`.execute(
      world.db,
    );
    await world.deliver();
    assert.equal((await world.fate(bad.outboxId)).fateText, 'delivered');
  });

  test('the log has no addresses', () => {
    assert.ok(world.logged.length > 0);
    assert.doesNotMatch(world.logged.join(''), /@example\.com/);
    assert.ok(!world.logged.join('').includes(secret));
  });
});
