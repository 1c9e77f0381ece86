import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { finished, startScript } from '../support/command.ts';

const maria = ['maria@example.com', 'Maria', '+1 561 555 0100'];

test('what is logged and reported names no person: fields, the rows PostgreSQL quotes, earlier output', async (t) => {
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
    startScript('log-and-report.ts', [...maria, `http://key@127.0.0.1:${port}/1`]),
  );
  assert.equal(code, 0, stderr);
  const personal = /maria|555 0100/i;
  assert.doesNotMatch(stderr, personal);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; lead?: object; err?: object });
  assert.equal(lines.length, 3);
  assert.deepEqual(lines[0]!.lead, { contactKey: 'kept-1', email: '[hidden]', firstName: '[hidden]' });
  assert.ok(JSON.stringify(lines[2]!.err).includes('lead_email'), 'the cause is told');

  const reports = received.filter((body) => body.includes('the job failed'));
  assert.equal(reports.length, 1, 'the error reaches Sentry, once');
  assert.match(reports[0]!, /"job":"alerts"/);
  assert.match(reports[0]!, /lead_email/);
  for (const body of received) assert.doesNotMatch(body, personal);
});

test('without a DSN nothing is loaded and nothing is sent', async () => {
  const { code, stderr } = await finished(startScript('log-and-report.ts', maria));
  assert.equal(code, 0, stderr);
});
