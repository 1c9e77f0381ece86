import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { loadConfig } from '../../platform/config/config.ts';
import { isUserError } from '../../platform/errors.ts';
import { homePaths } from '../../platform/home.ts';
import { isRunning } from '../../platform/process-identity.ts';
import { openServers, type Servers } from '../../platform/servers.ts';
import { supervisorStatus } from '../../platform/supervisor/client.ts';
import type { SupervisorStatus } from '../../platform/supervisor/protocol.ts';
import { finished, firstLine, plainEnvironment, startScript } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const config = (home: string, env: Record<string, string> = {}) => loadConfig(plainEnvironment(env), { home });

/** Only PostgreSQL, as a command in this process would open it. */
function open(home: string, env: Record<string, string> = {}): Promise<Servers> {
  return openServers(config(home, env), { command: 'test', needs: { eventStore: false }, progress: () => {} });
}

/** A command in a separate process, which can be killed. */
async function command(t: TestContext, home: string): Promise<{ child: ChildProcess; databaseUrl: string }> {
  const child = startScript('tests/support/scripts/hold-servers.ts', [home]);
  t.after(() => child.kill('SIGKILL'));
  const { databaseUrl } = JSON.parse(await firstLine(child)) as { databaseUrl: string };
  return { child, databaseUrl };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  client.on('error', () => {}); // reported by the query that fails
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function running(home: string): Promise<SupervisorStatus> {
  const status = await supervisorStatus(home);
  assert.ok(status !== undefined && status !== 'silent', 'expected a supervisor');
  return status;
}

const postmasterFile = (home: string) => join(homePaths(home).postgres, 'cluster', 'data', 'postmaster.pid');
const stopped = (home: string) => until('the servers to stop', () => !existsSync(postmasterFile(home)));

test('data is still there the next time, and nothing runs in between', async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home);
  await query(first.databaseUrl, 'create table kept as select 42 as n');
  const { pid } = await running(home);
  await first.close();
  assert.ok(!existsSync(postmasterFile(home)), 'PostgreSQL has stopped when close returns');
  await until('the supervisor to end', () => !isRunning(pid));

  const second = await open(home);
  assert.deepEqual(await query(second.databaseUrl, 'select n from kept'), [{ n: 42 }]);
  assert.equal(new URL(second.databaseUrl).port, new URL(first.databaseUrl).port, 'at the same address');
  await second.close();
});

test('commands that start at the same moment share one PostgreSQL, which the last one stops', async (t) => {
  const home = temporaryFolder(t);
  const commands = await Promise.all(Array.from({ length: 5 }, () => command(t, home)));
  assert.equal(new Set(commands.map(({ databaseUrl }) => databaseUrl)).size, 1);
  assert.equal((await running(home)).leases.length, 5);
  for (const { child } of commands.slice(1)) {
    child.stdin!.end();
    assert.equal((await finished(child)).code, 0);
  }
  assert.deepEqual(await query(commands[0]!.databaseUrl, 'select 1 as n'), [{ n: 1 }]);
  commands[0]!.child.stdin!.end();
  await finished(commands[0]!.child);
  assert.ok(!existsSync(postmasterFile(home)));
});

test('servers stop after kill -9 of the only command', async (t) => {
  const home = temporaryFolder(t);
  const { child } = await command(t, home);
  const { pid } = await running(home);
  child.kill('SIGKILL');
  await stopped(home);
  await until('the supervisor to end', () => !isRunning(pid));
});

test('servers keep running after kill -9 of one of two commands', async (t) => {
  const home = temporaryFolder(t);
  const [killed, other] = await Promise.all([command(t, home), command(t, home)]);
  killed.child.kill('SIGKILL');
  await until('the lease to be released', async () => (await running(home)).leases.length === 1);
  assert.deepEqual(await query(other.databaseUrl, 'select 1 as n'), [{ n: 1 }]);
  other.child.stdin!.end();
  await finished(other.child);
});

test('commands restart the supervisor after kill -9, with the servers at the same address', async (t) => {
  const home = temporaryFolder(t);
  const servers = await open(home);
  t.after(() => servers.close());
  await query(servers.databaseUrl, 'create table kept as select 42 as n');
  const before = await running(home);
  process.kill(before.pid, 'SIGKILL');
  const after = await until('another supervisor', async () => {
    const status = await supervisorStatus(home);
    return status !== undefined && status !== 'silent' && status.pid !== before.pid && status.postgres && status;
  });
  assert.equal(after.postgres?.port, before.postgres?.port);
  assert.deepEqual(await query(servers.databaseUrl, 'select n from kept'), [{ n: 42 }]);
  assert.ok(!isRunning(before.postgres!.pid), 'no orphan');
});

test('PostgreSQL is restarted after kill -9, at the same address and with all committed data', async (t) => {
  const home = temporaryFolder(t);
  const servers = await open(home);
  t.after(() => servers.close());
  await query(servers.databaseUrl, 'create table kept as select 42 as n');
  const before = await running(home);
  process.kill(before.postgres!.pid, 'SIGKILL');
  await until('PostgreSQL to run again', async () => (await running(home)).postgres?.restarts === 1);
  assert.deepEqual(await query(servers.databaseUrl, 'select n from kept'), [{ n: 42 }]);
});

test('the next command recovers from kill -9 of everything', async (t) => {
  const home = temporaryFolder(t);
  const { child, databaseUrl } = await command(t, home);
  await query(databaseUrl, 'create table kept as select 42 as n');
  const { pid, postgres } = await running(home);
  for (const victim of [child.pid!, pid, postgres!.pid]) process.kill(victim, 'SIGKILL');
  await until('all to be dead', () => !isRunning(pid) && !isRunning(postgres!.pid));
  assert.ok(existsSync(homePaths(home).supervisorFile), 'the leftovers are there');
  assert.ok(existsSync(postmasterFile(home)), 'the leftovers are there');

  const servers = await open(home);
  assert.deepEqual(await query(servers.databaseUrl, 'select n from kept'), [{ n: 42 }]);
  await servers.close();
});

test('starts despite a postmaster.pid whose pid now belongs to another process', async (t) => {
  const home = temporaryFolder(t);
  await (await open(home)).close();
  const longAgo = Math.floor(Date.now() / 1000) - 86_400;
  writeFileSync(postmasterFile(home), `${process.pid}\n/somewhere\n${longAgo}\n5432\n\n127.0.0.1\n0 0\nready\n`);
  await (await open(home)).close();
});

test('starts on another port if the previous one is taken', async (t) => {
  const home = temporaryFolder(t);
  const first = await open(home);
  await first.close();
  const taken = Number(new URL(first.databaseUrl).port);
  const intruder = createServer();
  await new Promise<void>((resolve) => intruder.listen(taken, '127.0.0.1', resolve));
  t.after(() => intruder.close());
  const second = await open(home);
  assert.notEqual(Number(new URL(second.databaseUrl).port), taken);
  assert.deepEqual(await query(second.databaseUrl, 'select 1 as n'), [{ n: 1 }]);
  await second.close();
});

test('refuses servers that were started with another configuration', async (t) => {
  const home = temporaryFolder(t);
  const servers = await open(home);
  t.after(() => servers.close());
  const other = open(home, { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' });
  await assert.rejects(other, (error) => isUserError(error) && error.code === 'other-servers');
});

test('does not trust or wait for a stranger at the address of the supervisor', async (t) => {
  const home = temporaryFolder(t);
  const stranger = createServer((socket) => socket.on('error', () => {}).end('hello\n'));
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  t.after(() => stranger.close());
  const { port } = stranger.address() as { port: number };
  const { run, supervisorFile } = homePaths(home);
  mkdirSync(run, { recursive: true });
  writeFileSync(supervisorFile, JSON.stringify({ pid: process.pid, port, token: 'old' }));
  const servers = await open(home);
  assert.deepEqual(await query(servers.databaseUrl, 'select 1 as n'), [{ n: 1 }]);
  await servers.close();
});

test('reports a supervisor that hangs instead of waiting', async (t) => {
  const home = temporaryFolder(t);
  const servers = await open(home);
  const { pid } = await running(home);
  process.kill(pid, 'SIGSTOP');
  t.after(async () => {
    process.kill(pid, 'SIGCONT');
    await servers.close();
  });
  await assert.rejects(open(home), (error) => {
    assert.ok(isUserError(error));
    assert.equal(error.code, 'servers-silent');
    assert.ok(error.hint?.includes(String(pid)), 'says which process');
    return true;
  });
  assert.equal(await supervisorStatus(home), 'silent');
});

test('does not reveal the password without the right token', async (t) => {
  const home = temporaryFolder(t);
  const servers = await open(home);
  t.after(() => servers.close());
  const address = JSON.parse(readFileSync(homePaths(home).supervisorFile, 'utf8')) as { port: number };
  const forged = temporaryFolder(t);
  mkdirSync(homePaths(forged).run, { recursive: true });
  writeFileSync(homePaths(forged).supervisorFile, JSON.stringify({ ...address, pid: 1, token: 'guess' }));
  assert.equal(await supervisorStatus(forged), undefined);
});

test('refuses data of another major version and leaves it alone', async (t) => {
  const home = temporaryFolder(t);
  await (await open(home)).close();
  writeFileSync(join(homePaths(home).postgres, 'cluster', 'data', 'PG_VERSION'), '15\n');
  await assert.rejects(open(home), (error) => {
    assert.ok(isUserError(error));
    assert.match(error.message, /created by PostgreSQL 15, but this is PostgreSQL \d+/);
    return true;
  });
});

test('starts nothing when both servers are configured', async (t) => {
  const home = join(temporaryFolder(t), 'never-made');
  const servers = await open(home, { DATABASE_URL: 'postgres://somewhere/x', EVENTSTORE_URL: 'esdb://somewhere:2113' });
  assert.equal(servers.databaseUrl, 'postgres://somewhere/x');
  assert.equal(servers.eventStoreUrl, 'esdb://somewhere:2113');
  await servers.close();
  assert.ok(!existsSync(home));
});
