import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { homePaths } from '../../platform/home.ts';
import { canEnter } from '../../platform/postgres/run-as.ts';
import { isRunning } from '../../platform/process-identity.ts';
import { finished, firstLine, openhouse, projectFolder, startScript } from '../support/command.ts';
import { smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

const root = process.getuid?.() === 0;
const nobody = { name: 'nobody', uid: 65_534, gid: 65_534 };

/** Starting and stopping the servers is all that this command needs to do here. */
const startServers = (home: string, options: Parameters<typeof openhouse>[1] = {}) =>
  openhouse(['jobs', '--home', home], { asInstalled: true, ...options });

test('reports a full disk, and works again once there is space', async (t) => {
  const disk = smallDisk(t, '20m', 'tests/platform');
  if (disk === undefined) return;
  const home = join(disk.folder, 'home');
  const full = await startServers(home);
  assert.equal(full.code, 4);
  assert.match(full.stderr, /the disk is full/);
  assert.match(full.stderr, /Free up some space/);
  await disk.remount('size=200m');
  const again = await startServers(home);
  assert.equal(again.code, 0, again.stderr);
});

test('reports that the disk filled up while PostgreSQL was running, and works again once there is space', async (t) => {
  let holder: ChildProcess | undefined;
  t.after(() => holder?.kill('SIGKILL')); // before the disk goes, which it uses
  const disk = smallDisk(t, '200m', 'tests/platform');
  if (disk === undefined) return;
  const home = join(disk.folder, 'home');
  holder = startScript('tests/support/scripts/hold-servers.ts', [home]);
  const { databaseUrl } = JSON.parse(await firstLine(holder)) as { databaseUrl: string };
  const { bavail, bsize } = statfsSync(disk.folder);
  writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(bavail * bsize - 2 * 1024 * 1024));
  // Each new WAL segment takes 16 MB; some may be preallocated.
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {}); // reported by the query that fails
  await client.connect();
  await assert.rejects(async () => {
    for (let piece = 0; piece < 20; piece++) {
      await client.query(`create table piece_${piece} ()`);
      await client.query('select pg_switch_wal()');
    }
  });
  await client.end().catch(() => {}); // it is already gone
  const full = await startServers(home);
  assert.equal(full.code, 4, full.stderr);
  assert.match(full.stderr, /the database disk is full .*\n {2}Free up some space/);
  rmSync(join(disk.folder, 'filler'));
  await until('it to be back', async () => (await startServers(home)).code === 0);
  holder.stdin!.end();
  await finished(holder);
});

test('reports a disk that is completely full', async (t) => {
  const disk = smallDisk(t, '1m', 'tests/platform');
  if (disk === undefined) return;
  assert.throws(() => writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(2 * 1024 * 1024)), { code: 'ENOSPC' });
  const full = await startServers(join(disk.folder, 'home'));
  assert.notEqual(full.code, 0);
  assert.match(full.stderr, /the disk is full/);
});

test('reports a read-only disk, with or without an existing home', async (t) => {
  const disk = smallDisk(t, '100m', 'tests/platform');
  if (disk === undefined) return;
  const home = join(disk.folder, 'home');
  assert.equal((await startServers(home)).code, 0);
  await disk.remount('ro');
  for (const place of [home, join(disk.folder, 'new', 'home')]) {
    const readOnly = await startServers(place);
    assert.equal(readOnly.code, 1);
    assert.match(readOnly.stderr, /the disk is read-only/);
  }
});

test('reports a file in place of the home folder', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  writeFileSync(home, '');
  const { code, stderr } = await startServers(home);
  assert.equal(code, 1);
  assert.match(stderr, /is a file, not a folder/);
});

test('runs as a normal user, in their own home', async (t) => {
  if (!root) return t.skip('covered by every other test: this is a normal user');
  if (!canEnter(nobody, projectFolder, 'read'))
    return t.skip(`other users cannot read ${projectFolder}: clone it somewhere else to run this test`);
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o777);
  const home = join(folder, 'home');
  const asNobody = { uid: nobody.uid, gid: nobody.gid, cwd: folder, extraEnv: { HOME: folder } };
  const { code, stderr } = await startServers(home, asNobody);
  assert.equal(code, 0, stderr);
  assert.equal(statSync(home).uid, nobody.uid);

  // As root afterwards: PostgreSQL still runs as the user who owns the data.
  const asRoot = await startServers(home);
  assert.equal(asRoot.code, 0, asRoot.stderr);
});

test('refuses the home of another user and leaves it alone', async (t) => {
  if (!root) return t.skip('needs two users: run it as root');
  if (!canEnter(nobody, projectFolder, 'read')) return t.skip(`other users cannot read ${projectFolder}`);
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  assert.equal((await startServers(home)).code, 0);
  const other = await startServers(home, { uid: nobody.uid, gid: nobody.gid, cwd: '/', extraEnv: { HOME: folder } });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /this user cannot write to/);
});

test('in a folder that only root can enter, puts the database where its user can reach it', async (t) => {
  const closed = homedir();
  if (!root || canEnter(nobody, closed, 'read')) return t.skip(`needs root, and a ${closed} that only root can enter`);
  const folder = mkdtempSync(join(closed, 'openhouse-test-'));
  const home = join(folder, 'home');
  const { code, stderr } = await startServers(home);
  assert.equal(code, 0, stderr);
  const cluster = join(homePaths(home).postgres, 'cluster');
  assert.match(stderr, /keeping the database in \/var\/lib\/openhouse\//);
  assert.ok(lstatSync(cluster).isSymbolicLink());
  assert.ok(existsSync(join(cluster, 'data', 'PG_VERSION')));
  assert.equal((await startServers(home)).code, 0, 'and it is found there the next time');
  rmSync(realpathSync(cluster), { recursive: true });
  rmSync(folder, { recursive: true });
});

test('secrets are readable by their owner only', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  assert.equal((await startServers(home)).code, 0);
  const { postgres, run, logs } = homePaths(home);
  for (const [path, mode] of [
    [join(postgres, 'password'), 0o600],
    [join(postgres, 'postgres.log'), 0o600],
    [run, 0o700],
    [logs, 0o700],
  ] as const)
    assert.equal(statSync(path).mode & 0o777, mode, path);
  const password = readFileSync(join(postgres, 'password'), 'utf8').trim();
  const doctor = await openhouse(['doctor', '--start', '--json', '--home', home]);
  assert.ok(!doctor.stdout.includes(password), 'the doctor does not show the password');
});

test('leaves nothing running', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  mkdirSync(home);
  const { stderr } = await startServers(home);
  const log = readFileSync(homePaths(home).supervisorLog, 'utf8');
  const pids = [...log.matchAll(/\(process (\d+)\)|\[(\d+)\]/g)].map(([, a, b]) => Number(a ?? b));
  assert.ok(pids.length > 2, stderr);
  await until('all of them to end', () => pids.every((pid) => !isRunning(pid)));
});
