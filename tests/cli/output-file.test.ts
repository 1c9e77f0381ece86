import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkOutputFile, writeOutputFile } from '../../cli/output/output-file.ts';
import { contact } from '../importers/support/documents.ts';
import { writeDump } from '../importers/support/dump.ts';
import { openhouse } from '../support/command.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';
import { smallDisk } from '../support/small-disk.ts';
import { makeTemporaryFolder, removeFolder, temporaryFolder } from '../support/temporary-folder.ts';

test('a file that cannot be written is reported before the work begins, with the reason', async (t) => {
  const folder = makeTemporaryFolder();
  t.after(() => removeFolder(folder));
  writeFileSync(join(folder, 'file'), '');
  const wrong = { nowhere: 'there is no such folder', file: 'what should be its folder is a file' };
  for (const [name, reason] of Object.entries(wrong)) {
    const file = join(folder, name, 'page.html');
    const error = { code: 'file-not-writable', message: `${file} cannot be written: ${reason}` };
    await assert.rejects(checkOutputFile(file), { ...error, exitCode: 2 });
    await assert.rejects(writeOutputFile(file, ''), { ...error, exitCode: 1 });
  }
  await assert.rejects(checkOutputFile(folder), { message: `${folder} cannot be written: it is a folder` });
  await checkOutputFile(join(folder, 'page.html'));
  await writeOutputFile(join(folder, 'page.html'), 'a page');
  assert.equal(readFileSync(join(folder, 'page.html'), 'utf8'), 'a page');
});

test('a file is replaced as a whole and keeps its mode; what is no file of its own is written to', async (t) => {
  const folder = temporaryFolder(t);
  const [page, link] = [join(folder, 'page.html'), join(folder, 'link.html')];
  writeFileSync(page, 'an older page');
  chmodSync(page, 0o664);
  symlinkSync(page, link);
  const before = statSync(page);
  await writeOutputFile(page, 'a page');
  assert.deepEqual(readdirSync(folder).sort(), ['link.html', 'page.html']);
  const after = statSync(page);
  assert.equal(after.mode, before.mode);
  assert.notEqual(after.ino, before.ino);
  await writeOutputFile(link, 'through the link');
  assert.equal(readFileSync(page, 'utf8'), 'through the link');
  assert.ok(lstatSync(link).isSymbolicLink());
  await writeOutputFile('/dev/null', 'nothing');
});

test('what a process that was killed left beside its file is removed when a file is next written there', async (t) => {
  const folder = temporaryFolder(t);
  const { pid: ended } = spawnSync('true');
  const partial = (host: string, pid: number, hoursOld: number) => {
    const name = `.openhouse-${host}-${pid}.partial`;
    const at = Date.now() / 1000 - hoursOld * 3600;
    writeFileSync(join(folder, name), 'half a page');
    utimesSync(join(folder, name), at, at);
    return name;
  };
  partial(hostname(), ended, 0);
  partial('elsewhere', ended, 25);
  const kept = [partial('elsewhere', ended, 1), partial(hostname(), process.ppid, 0)];
  await writeOutputFile(join(folder, 'page.html'), 'a page');
  assert.deepEqual(readdirSync(folder).sort(), [...kept, 'page.html'].sort());
});

test('a file that is mounted by itself, as into a container, is written to', async (t) => {
  const disk = smallDisk(t, '64k', 'tests/cli/output-file.test.ts');
  if (disk === undefined) return;
  const [page, outside] = [join(disk.folder, 'page.html'), join(temporaryFolder(t), 'outside.html')];
  for (const path of [page, outside]) writeFileSync(path, 'an older page');
  assert.equal(spawnSync('mount', ['--bind', outside, page]).status, 0);
  try {
    await writeOutputFile(page, 'a page');
    assert.equal(readFileSync(outside, 'utf8'), 'a page');
    await disk.remount('ro');
    await writeOutputFile(page, 'a newer page');
    assert.equal(readFileSync(outside, 'utf8'), 'a newer page');
  } finally {
    spawnSync('umount', [page]);
  }
  assert.deepEqual(readdirSync(disk.folder), ['page.html']);
});

test('on a read-only disk, a file is reported before the work begins', async (t) => {
  const disk = smallDisk(t, '64k', 'tests/cli/output-file.test.ts');
  if (disk === undefined) return;
  writeFileSync(join(disk.folder, 'old.html'), 'an older page');
  await disk.remount('ro');
  for (const name of ['old.html', 'new.html']) {
    const message = `${join(disk.folder, name)} cannot be written: the disk is read-only`;
    await assert.rejects(checkOutputFile(join(disk.folder, name)), { message, exitCode: 2 });
    await assert.rejects(writeOutputFile(join(disk.folder, name), ''), { message, exitCode: 1 });
  }
});

test('on a full disk, every command that writes files names the file and the reason, and leaves everything there as it was', async (t) => {
  const disk = smallDisk(t, '128k', 'tests/cli/output-file.test.ts');
  if (disk === undefined) return;
  const database = await testDatabase();
  t.after(() => database.drop());
  const dump = writeDump(t, { contacts: [contact({ email: 'real@person.test' })] });
  const [page, mapping, sample] = ['page.html', 'mapping.yaml', 'sample'].map((name) => join(disk.folder, name));
  writeFileSync(page!, 'an older page');
  mkdirSync(join(sample!, 'legacy'), { recursive: true });
  for (const name of ['users', 'contacts', 'listings'])
    writeFileSync(join(sample!, 'legacy', `${name}.bson`), 'an older dump');
  assert.throws(() => writeFileSync(join(disk.folder, 'filler'), Buffer.alloc(128 * 1024)), { code: 'ENOSPC' });
  const files = () =>
    readdirSync(disk.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => ({ name, there: statSync(join(disk.folder, name)) }))
      .filter(({ there }) => there.isFile())
      .map(({ name, there }) => `${name}: ${there.size}`)
      .sort();
  const before = files();
  const commands: readonly [args: string[], file: string][] = [
    [['import', 'inspect', dump, '--html', page!], page!],
    [['import', 'inspect', dump, '--propose', mapping!], mapping!],
    [['import', 'report', '--html', page!], page!],
    [['sample', sample!], sample!],
  ];
  for (const [args, file] of commands) {
    const { code, stdout, stderr } = await openhouse([...args, '--json'], {
      extraEnv: { DATABASE_URL: database.url, EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' },
    });
    assert.equal(code, 1, stderr);
    const { error } = JSON.parse(stdout) as { error: object };
    assert.deepEqual(error, {
      code: 'file-not-writable',
      message: `${file} cannot be written: the disk is full`,
      hint: 'Free up some space, or give a path on another disk.',
      exitCode: 1,
    });
    assert.deepEqual(files(), before);
  }
  assert.equal(readFileSync(page!, 'utf8'), 'an older page');
});

test('a result that stdout does not take is reported without a stack trace; messages that stderr does not take change nothing', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('needs /dev/full, which Linux has');
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const noResult = await openhouse(['--version'], { stdio: ['ignore', full, 'pipe'] });
  assert.equal(noResult.code, 1);
  assert.match(noResult.stderr, /^openhouse: stdout cannot be written: the disk is full\n {2}Free up some space.*\n$/);
  const noMessage = await openhouse(['no-such-command'], { stdio: ['ignore', 'pipe', full] });
  assert.equal(noMessage.code, 2);
});

test('a file that exists must itself be writable, whatever its folder allows', {
  skip: process.getuid?.() === 0 && 'root may write everything: run as another user',
}, async (t) => {
  const folder = makeTemporaryFolder();
  const closed = join(folder, 'closed');
  t.after(() => {
    chmodSync(closed, 0o700);
    removeFolder(folder);
  });
  mkdirSync(closed);
  writeFileSync(join(closed, 'page.html'), '');
  chmodSync(closed, 0o500);
  await checkOutputFile(join(closed, 'page.html'));
  await writeOutputFile(join(closed, 'page.html'), 'a page');
  await checkOutputFile('/dev/null');
  await assert.rejects(checkOutputFile(join(closed, 'other.html')), { code: 'file-not-writable', exitCode: 2 });

  const kept = join(folder, 'kept.html');
  writeFileSync(kept, '');
  chmodSync(kept, 0o444);
  await assert.rejects(checkOutputFile(kept), { code: 'file-not-writable', exitCode: 2 });
});
