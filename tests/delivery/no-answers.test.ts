import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Claimed } from '../../delivery/claims.ts';
import { buildEmail, type EmailMessage } from '../../delivery/email/build-email.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { postmarkSender } from '../../delivery/providers/postmark.ts';
import { slackSender } from '../../delivery/providers/slack.ts';
import { slackApi } from '../../delivery/providers/slack-api.ts';
import { wholeAnswer } from '../../delivery/providers/whole-answer.ts';
import { buildSlackMessage, type SlackMessage } from '../../delivery/slack/build-message.ts';

/** Answers a request in a way that does not say whether it was accepted. `fine` is what a provider would answer. */
type Lie = (response: ServerResponse, fine: string, request: IncomingMessage) => void;

const json = { 'content-type': 'application/json' };
const page = '<html><body>One moment, please</body></html>';
const says =
  (status: number, body: string | Buffer = '', headers: Record<string, string> = json): Lie =>
  (response) =>
    response.writeHead(status, headers).end(body);
const withFine =
  (status: number, change: (fine: string) => string | Buffer, headers: Record<string, string> = json): Lie =>
  (response, fine) =>
    response.writeHead(status, headers).end(change(fine));
const raw =
  (bytes: (fine: string) => string): Lie =>
  (response, fine) =>
    void response.socket?.end(bytes(fine));
const same = (fine: string) => fine;
const half = (fine: string) => fine.slice(0, fine.length >> 1);
const html = { 'content-type': 'text/html' };
const gzip = { ...json, 'content-encoding': 'gzip' };

/** What either provider, or something between it and us, may answer. */
const lies: Readonly<Record<string, Lie>> = {
  'a page with status 200': says(200, page, html),
  'a page that claims to be JSON': says(200, page),
  'nothing, with status 200': says(200),
  'half a response': withFine(200, half),
  'two responses at once': withFine(200, (fine) => fine + fine),
  'a response in UTF-16': withFine(200, (fine) => Buffer.from(fine, 'utf16le')),
  'the right response, quoted': withFine(200, (fine) => JSON.stringify(fine)),
  'the right response, with status 202': withFine(202, same),
  'the right response, with status 206': withFine(206, same),
  'the right response, with status 500': withFine(500, same),
  'status 202 and nothing': says(202),
  'status 204': says(204),
  'compressed garbage': says(200, 'not compressed at all', gzip),
  'half a compressed response': withFine(200, (fine) => gzipSync(fine).subarray(0, 12), gzip),
  'an unknown compression': withFine(200, (fine) => gzipSync(fine), { ...json, 'content-encoding': 'snappy' }),
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      `a redirect (${status})`,
      ((response, _, request) =>
        response.writeHead(status, { location: `http://${request.headers.host}/elsewhere` }).end()) satisfies Lie,
    ]),
  ),
  ...Object.fromEntries(
    [400, 401, 403, 404, 407, 408, 422, 429, 500, 502, 503, 504].map((status) => [
      `a page with status ${status}`,
      says(status, page, html),
    ]),
  ),
  null: says(200, 'null'),
  true: says(200, 'true'),
  'a number': says(200, '0'),
  'an empty list': says(200, '[]'),
  'a list of nothing': says(200, '[null]'),
  'a list of an empty object': says(200, '[{}]'),
  'an empty object': says(200, '{}'),
  'an XML document': says(200, '<?xml version="1.0"?><Response>OK</Response>', { 'content-type': 'text/xml' }),
  OK: says(200, 'OK', { 'content-type': 'text/plain' }),
  'a response that ends too early': raw(
    (fine) => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${fine.length + 9}\r\n\r\n${fine}`,
  ),
  'chunks that end too early': raw(
    (fine) => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${fine.length.toString(16)}\r\n${fine}\r\n`,
  ),
  'only headers': raw(() => 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n'),
  'something that is not HTTP': raw(() => '220 mail.example.com ESMTP ready\r\n'),
  'a closed connection': (response) => response.destroy(),
};

const claimed = <Message>(message: Message): Claimed<Message> => ({
  outboxId: '00000000-0000-4000-8000-000000000001',
  kind: 'note',
  contactKey: null,
  memberKey: null,
  recipient: 'ana@example.com',
  message,
  attempts: 1,
  maybeSent: false,
  unansweredForMs: 0,
  lookups: 0,
  failedLookups: 0,
  createdAt: new Date(),
});
const mail = claimed<EmailMessage>(
  buildEmail({ to: 'ana@example.com', subject: 'Homes', html: '<p>Homes</p>', text: 'Homes' }),
);
const note = claimed<SlackMessage>(buildSlackMessage({ channel: 'C1', text: 'A lead', blocks: [] }));
const always = () => true;

let lie: Lie = says(200);
let redirected = 0;
const fine: Readonly<Record<string, unknown>> = {
  '/email/batch': [{ ErrorCode: 0, Message: 'OK', MessageID: 'pm-1', To: 'ana@example.com' }],
  '/messages/outbound': { TotalCount: 0, Messages: [] },
  '/api/chat.postMessage': { ok: true, channel: 'C1', ts: '1.2' },
  '/api/conversations.history': { ok: true, messages: [], has_more: false },
  '/api/users.info': { ok: true, user: { id: 'U1', profile: { email: 'dana@example.com' } } },
};
const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  request.resume().on('end', () => {
    if (path === '/elsewhere') {
      redirected++;
      response.writeHead(200, json).end('{}');
    } else lie(response, JSON.stringify(fine[path]), request);
  });
});
let url = '';
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const postmark = () =>
  postmarkSender({ serverToken: 't', from: 'a@example.com', messageStream: 'outbound', apiUrl: url });
const slackSettings = () => ({ botToken: 'xoxb', channel: 'C1', apiUrl: `${url}/api/` });
const slack = () => slackSender(slackSettings());

/** Only a look-up can say whether such a message was sent. */
const assertUnanswered = (outcome: Outcome | undefined) => {
  assert.ok(outcome !== undefined && 'maybeSent' in outcome && outcome.maybeSent === true, JSON.stringify(outcome));
  assert.notEqual(outcome.kind === 'stop' && outcome.broken, true, 'nor does it prove that the token is wrong');
};

for (const [name, answer] of Object.entries(lies)) {
  test(`${name}: says neither that a message was sent or refused, nor that it does not exist, nor who someone is`, async () => {
    lie = answer;
    redirected = 0;
    assertUnanswered((await postmark().send([mail], always))[0]);
    assertUnanswered(await slack().send(note));
    await assert.rejects(postmark().find(mail.outboxId));
    await assert.rejects(slack().find(note));
    await assert.rejects(slackApi(slackSettings()).emailOf('U1'));
    assert.equal(redirected, 0, 'our token and the message go to no one else');
  });
}

const body = (value: unknown): Lie => says(200, JSON.stringify(value));
const accepted = { ErrorCode: 0, Message: 'OK', MessageID: 'pm-1' };

for (const answer of [
  [accepted, accepted],
  [{ ...accepted, To: 'ben@example.com' }],
  [{ ...accepted, ErrorCode: '0' }],
  [{ ...accepted, ErrorCode: null }],
  [{ ...accepted, ErrorCode: -1 }],
  [{ ...accepted, ErrorCode: 406 }],
  [{ ErrorCode: 406, Message: 'Inactive', To: 'ben@example.com' }],
  [{ ...accepted, MessageID: '' }],
  [{ ...accepted, MessageID: 17 }],
  [{ ErrorCode: 0, Message: 'OK' }],
  [{ Message: 'OK', MessageID: 'pm-1' }],
  { ...accepted },
  { Messages: [accepted] },
]) {
  test(`Postmark: ${JSON.stringify(answer)} does not answer a message to ana@example.com`, async () => {
    lie = body(answer);
    assertUnanswered((await postmark().send([mail], always))[0]);
  });
}

for (const [status, answer] of [
  [422, { ErrorCode: '300', Message: 'Invalid' }],
  [422, { ErrorCode: 0, Message: 'Invalid' }],
  [422, { Message: 'Invalid' }],
  [500, { ErrorCode: 406, Message: 'Inactive' }],
  [503, { ErrorCode: 300, Message: "Invalid 'To'" }],
  [401, { Message: 'Unauthorized' }],
  [429, { message: 'Too many requests' }],
] as const) {
  test(`Postmark: ${status} ${JSON.stringify(answer)} does not answer the call`, async () => {
    lie = says(status, JSON.stringify(answer));
    assertUnanswered((await postmark().send([mail], always))[0]);
  });
}

for (const answer of [
  { TotalCount: 1, Messages: [] },
  { TotalCount: '0', Messages: [] },
  { Messages: [] },
  { TotalCount: 0 },
  { TotalCount: 0, Messages: {} },
  { TotalCount: 1, Messages: [{ MessageID: 'pm-9', Metadata: { outboxId: 'another' } }] },
  { TotalCount: 1, Messages: [{ MessageID: 'pm-9' }] },
  { TotalCount: 1, Messages: [{ Metadata: { outboxId: mail.outboxId } }] },
]) {
  test(`Postmark: a search that gives ${JSON.stringify(answer)} does not say that the message was not sent`, async () => {
    lie = body(answer);
    await assert.rejects(postmark().find(mail.outboxId));
  });
}

for (const answer of [
  { ok: true, messages: [] },
  { ok: true, has_more: false },
  { ok: 'true', messages: [], has_more: false },
  { ok: true, messages: [], has_more: true },
  { ok: true, messages: null, has_more: false },
  { ok: true, messages: [{}], has_more: false },
  // The same page again and again.
  { ok: true, messages: [], has_more: true, response_metadata: { next_cursor: 'again' } },
]) {
  test(`Slack: a history that gives ${JSON.stringify(answer)} does not say that the message was not sent`, async () => {
    lie = body(answer);
    await assert.rejects(slack().find(note));
  });
}

for (const answer of [
  { ok: true },
  { ok: true, ts: '1.2' },
  { ok: true, channel: 'C1' },
  { ok: true, channel: '', ts: '' },
  { ok: 1, channel: 'C1', ts: '1.2' },
  { ok: true, channel: 'C1', ts: 1.2 },
  { channel: 'C1', ts: '1.2' },
  { ok: false, error: 'internal_error' },
  { ok: false, error: 'timeout' },
]) {
  test(`Slack: ${JSON.stringify(answer)} does not answer a message`, async () => {
    lie = body(answer);
    assertUnanswered(await slack().send(note));
  });
}

test('an answer that the Slack user does not exist counts as an answer', async () => {
  lie = body({ ok: false, error: 'user_not_found' });
  assert.equal(await slackApi(slackSettings()).emailOf('U1'), null);
});

test('gives up on a body that trickles in for longer than the time limit', async () => {
  let trickle: NodeJS.Timeout | undefined;
  lie = (response) => {
    response.writeHead(200, json);
    trickle = setInterval(() => response.write(' '), 20);
  };
  await assert.rejects(wholeAnswer(url, { signal: AbortSignal.timeout(200) }), /timeout/);
  clearInterval(trickle);
});

test('gives up on a body that does not end, before it fills the memory', async () => {
  lie = (response) => {
    response.writeHead(200, json);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(1_000_000)));
      response.once('drain', more);
    };
    more();
  };
  await assert.rejects(wholeAnswer(url), /longer than 20 MB/);
});
