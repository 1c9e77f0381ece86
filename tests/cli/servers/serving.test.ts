import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { supervisorStatus } from '../../../platform/supervisor/client.ts';
import { openhouse, plainEnvironment, projectFolder } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';

/** `openhouse eventstore`, once it listens. */
async function serveEventStore(
  t: TestContext,
  home: string,
  port: number,
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(
    process.execPath,
    [join(projectFolder, 'bin/openhouse'), 'eventstore', '--json', '--home', home, '--port', String(port)],
    { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.resume();
  await until('the event store to listen', () => stdout.trimEnd().endsWith('}'));
  return { child, url: (JSON.parse(stdout) as { url: string }).url };
}

const ended = (child: ChildProcess) =>
  until('the command to end', () => child.exitCode ?? child.signalCode ?? undefined);

test('openhouse eventstore serves until Ctrl-C, and keeps what was appended', async (t) => {
  const home = temporaryFolder(t);
  const first = await serveEventStore(t, home, 0);
  const client = EventStoreDBClient.connectionString(first.url);
  await client.appendToStream('kept', jsonEvent({ type: 'Kept', data: { n: 42 } }));
  await client.dispose();
  first.child.kill('SIGINT');
  assert.equal(await ended(first.child), 0);
  assert.equal(await supervisorStatus(home), undefined);

  const second = await serveEventStore(t, home, 0);
  const again = EventStoreDBClient.connectionString(second.url);
  const data: unknown[] = [];
  for await (const { event } of again.readStream('kept')) data.push(event?.data);
  assert.deepEqual(data, [{ n: 42 }]);
  await again.dispose();

  // In the meantime another command of this home shares it, and a second server elsewhere is rejected.
  const doctor = await openhouse(['doctor', '--home', home]);
  assert.equal(doctor.code, 0, doctor.stdout);
  assert.match(doctor.stdout, /✔ event store/);
  const elsewhere = await openhouse(['eventstore', '--home', home, '--port', '1']);
  assert.equal(elsewhere.code, 4);
  assert.match(elsewhere.stderr, /is already running, at esdb:/);
  second.child.kill('SIGTERM');
  assert.equal(await ended(second.child), 0);
});

test('the event store recovers from kill -9 at the same address', async (t) => {
  const home = temporaryFolder(t);
  const { child, url } = await serveEventStore(t, home, 0);
  const before = await supervisorStatus(home);
  assert.ok(before !== undefined && before !== 'silent');
  process.kill(before.eventStore!.pid, 'SIGKILL');
  await until('the event store to run again', async () => {
    const status = await supervisorStatus(home);
    return status !== undefined && status !== 'silent' && status.eventStore?.restarts === 1;
  });
  const client = EventStoreDBClient.connectionString(url);
  await client.appendToStream('kept', jsonEvent({ type: 'Kept', data: {} }));
  await client.dispose();
  child.kill('SIGINT');
  await ended(child);
});

test('exits with 4 when a port is in use, and says what to do', async (t) => {
  const home = temporaryFolder(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const { code, stderr } = await openhouse(['eventstore', '--home', home, '--port', String(port)]);
  assert.equal(code, 4);
  assert.match(stderr, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use`));
  assert.match(stderr, /--port/);
});
