import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eventDefinitions } from '../../domain/events.ts';
import { personalPaths } from '../../domain/personal.ts';
import { createLogger } from '../../platform/logging/log.ts';
import { withoutAddresses } from '../../platform/logging/without-addresses.ts';
import { finished, startScript } from '../support/command.ts';

const maria = ['maria@example.com', 'Maria', '+1 561 555 0100'];

test('logs and reports contain no personal data: fields, rows quoted by PostgreSQL, earlier output', async (t) => {
  const received: string[] = [];
  const sentry = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => sentry.listen(0, '127.0.0.1', resolve));
  t.after(() => sentry.close());
  const { port } = sentry.address() as { port: number };

  const { code, stderr } = await finished(
    startScript('tests/support/scripts/log-and-report.ts', [...maria, `http://key@127.0.0.1:${port}/1`]),
  );
  assert.equal(code, 0, stderr);
  const personal = /maria|555 0100/i;
  assert.doesNotMatch(stderr, personal);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; lead?: object; err?: object });
  assert.equal(lines.length, 4);
  assert.deepEqual(lines[0]!.lead, { contactKey: 'kept-1', email: '[hidden]', firstName: '[hidden]' });
  assert.equal(lines[2]!.msg, 'refused: [e-mail]');
  assert.ok(JSON.stringify(lines[3]!.err).includes('lead_email'), 'the cause is logged');

  const reports = received.filter((body) => body.includes('the job failed'));
  assert.equal(reports.length, 1, 'the error reaches Sentry, once');
  assert.match(reports[0]!, /"job":"alerts"/);
  assert.match(reports[0]!, /lead_email/);
  for (const body of received) assert.doesNotMatch(body, personal);
});

test('removes addresses from messages, and nothing else', () => {
  const redacted = (text: string) => withoutAddresses(text);
  assert.equal(redacted('inactive: Ana.López+x@Example.co.uk, bob@x.org.'), 'inactive: [e-mail], [e-mail].');
  for (const phone of ['+15615550134', '+1 561 555 0134', '(561) 555-0134', '561-555-0134', '561.555.0134'])
    assert.equal(redacted(`call ${phone} now`), 'call [phone] now');
  for (const text of [
    'at Object.<anonymous> (/app/node_modules/@fastify/static/index.js:12:3)',
    'connect ECONNREFUSED postgres://openhouse@127.0.0.1:5432/openhouse',
    'position 3169 at 2026-03-31T14:05:09.123Z, listing-0c9d@4, 561555013499 events',
  ])
    assert.equal(redacted(text), text);
});

test('redacts every field that the domain marks as personal when an event is logged, at any depth', async () => {
  const secret = 'Hush';
  let seen = 0;
  for (const [type, { schema }] of eventDefinitions)
    for (const path of personalPaths(schema)) {
      const names = path.split('.').reverse();
      const data = names.reduce<unknown>((inner, name) => (name === '*' ? [inner] : { [name]: inner }), secret);
      const lines = logged({ data }, { event: { type, data } });
      assert.equal(lines.length, 2);
      for (const line of lines) assert.ok(!line.includes(secret), `${type} ${path}: ${line}`);
      seen++;
    }
  assert.ok(seen > 30, `${seen} paths`);
  assert.ok(logged({ data: { listPrice: secret } })[0]?.includes(secret), 'other fields are logged');
});

/** What the logger writes, line by line. */
const logged = (...objects: object[]): string[] => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info' }, { write: (line) => lines.push(line) });
  for (const object of objects) log.info(object, 'told');
  return lines;
};

test('without a DSN, loads and sends nothing', async () => {
  const { code, stderr } = await finished(startScript('tests/support/scripts/log-and-report.ts', maria));
  assert.equal(code, 0, stderr);
});
