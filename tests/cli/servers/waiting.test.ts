import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../../platform/errors.ts';
import { property } from '../../importers/support/documents.ts';
import { writeDump } from '../../importers/support/dump.ts';
import { startOpenhouse } from '../../support/command.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';

const waits = [
  { what: 'an import', args: (dump: string) => ['import', dump], atMost: 120 },
  { what: 'a command', args: () => ['history', 'listing', 'RX-1'], atMost: 15 },
];
for (const { what, args, atMost } of waits) {
  test(`${what} says that it waits for the event store, why and how long, and Ctrl-C ends that at once`, async (t) => {
    const database = await testDatabase();
    t.after(() => database.drop());
    const dump = writeDump(t, { properties: [property()] });
    const child = startOpenhouse(args(dump), {
      extraEnv: { DATABASE_URL: database.url, EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const line = new RegExp(
      `waiting for the event store \\(\\d+ s, at most ${atMost} s\\): connect ECONNREFUSED 127\\.0\\.0\\.1:1`,
    );
    await until('it says so', () => line.test(stderr) || child.exitCode !== null);
    assert.match(stderr, line);
    const stopped = Date.now();
    child.kill('SIGINT');
    const code = await until('it ends', () => child.exitCode ?? undefined);
    assert.equal(code, exitCodes.interrupted, stderr);
    assert.ok(Date.now() - stopped < 8_000, `took ${Date.now() - stopped} ms`);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
}
