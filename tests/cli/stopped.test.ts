import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { finished, openhouse, startOpenhouse } from '../support/command.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const exitCodeOf = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const calledIn = { SIGINT: 'Ctrl-C', SIGTERM: 'SIGTERM', SIGHUP: 'SIGHUP' } as const;

const assertStopped = (ended: { code: number | null; stdout: string; stderr: string }, by: keyof typeof exitCodeOf) => {
  assert.equal(ended.code, exitCodeOf[by], ended.stderr);
  const { error } = JSON.parse(ended.stdout) as { error: { code: string; message: string; exitCode: number } };
  assert.deepEqual([error.code, error.exitCode], ['interrupted', exitCodeOf[by]]);
  assert.equal(error.message, `stopped by ${calledIn[by]} before it was done`);
  assert.doesNotMatch(ended.stderr, /\n\s+at /);
};

/** A server that accepts connections and never answers: no command can stop while it waits for it. */
const silentServer = async (t: TestContext) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
};

const commands = [
  ['import'],
  ['import', '--follow'],
  ['import', 'report'],
  ['import', 'confirm-deletes'],
  ['parity'],
  ['parity', '--repair'],
  ['cutover', 'listing', '--dry-run'],
  ['quarantine', 'retry', '--code', 'contact-missing'],
  ['write-back', 'list'],
  ['jobs'],
];

for (const [at, args] of commands.entries()) {
  const by = at % 2 === 0 ? 'SIGINT' : 'SIGTERM';
  test(`with --json, ${args.join(' ')} prints one error document when a second ${by} ends it`, async (t) => {
    const { port, sockets } = await silentServer(t);
    const child = startOpenhouse([...args, '--json'], {
      extraEnv: {
        DATABASE_URL: `postgres://openhouse@127.0.0.1:${port}/openhouse`,
        EVENTSTORE_URL: `esdb://127.0.0.1:${port}?tls=false`,
        MONGO_URL: `mongodb://127.0.0.1:${port}/legacy`,
      },
    });
    t.after(() => child.kill('SIGKILL'));
    const ended = finished(child);
    await until('it to connect', () => sockets.size > 0 || child.exitCode !== null);
    // The system merges two signals of the same kind that arrive at once.
    const again = setInterval(() => child.kill(by), 100);
    t.after(() => clearInterval(again));
    assertStopped(await ended, by);
  });
}

const stopped = [
  { by: 'SIGINT', args: ['history', 'listing', 'RX-1'], hint: '' },
  { by: 'SIGTERM', args: ['import', 'samples/legacy'], hint: '\n  Everything done so far is kept' },
  { by: 'SIGHUP', args: ['history', 'listing', 'RX-1'], hint: '' },
] as const;

for (const { by, args, hint } of stopped) {
  test(`with --json, ${args[0]} that ${by} stops prints one error document; without, one message`, async (t) => {
    const database = await testDatabase();
    t.after(() => database.drop());
    for (const json of [true, false]) {
      const child = startOpenhouse([...args, ...(json ? ['--json'] : [])], {
        extraEnv: { DATABASE_URL: database.url, EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' },
      });
      t.after(() => child.kill('SIGKILL'));
      let said = '';
      child.stderr!.on('data', (text: Buffer) => {
        said += text;
      });
      const ended = finished(child);
      await until('it to wait', () => /waiting for the event store/.test(said) || child.exitCode !== null);
      child.kill(by);
      const result = await ended;
      if (json) assertStopped(result, by);
      else {
        assert.deepEqual([result.code, result.stdout], [exitCodeOf[by], '']);
        const message = `\nopenhouse: stopped by ${calledIn[by]} before it was done${hint}`;
        assert.ok(result.stderr.includes(message), result.stderr);
        assert.equal(/is kept/.test(result.stderr), hint !== '', 'only what keeps its work says so');
      }
    }
  });
}

test('a signal that arrives while the program is being loaded stops it before it does anything', async (t) => {
  const folder = join(temporaryFolder(t), 'sample');
  // Sends the signal as soon as there is a handler for the last of them.
  const preload = `data:text/javascript,process.once('newListener',function%20send(name){
    if(name==='SIGHUP')setImmediate(()=>process.kill(process.pid,'SIGINT'));else%20process.once('newListener',send)})`;
  const ended = await openhouse(['sample', folder, '--json'], {
    asInstalled: true,
    extraEnv: { NODE_OPTIONS: `--import=${preload.replaceAll(/\s/g, '')}` },
  });
  assertStopped(ended, 'SIGINT');
  assert.equal(existsSync(folder), false);
});
