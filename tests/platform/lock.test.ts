import assert from 'node:assert/strict';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { thisProcess } from '../../platform/process-identity.ts';
import { type Lock, lockOwner, tryLock } from '../../platform/supervisor/lock.ts';
import { finished, firstLine, startScript } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function taken(attempt: ReturnType<typeof tryLock>): Lock {
  assert.ok('release' in attempt, 'expected to get the lock');
  return attempt;
}

test('one process holds it, others learn who, and it can be released', (t) => {
  const folder = temporaryFolder(t);
  const lock = taken(tryLock(folder, 'x'));
  assert.deepEqual(tryLock(folder, 'x'), { heldBy: thisProcess() });
  assert.equal(lockOwner(folder, 'x')?.pid, process.pid);
  taken(tryLock(folder, 'y')).release();
  lock.release();
  assert.equal(lockOwner(folder, 'x'), undefined);
  taken(tryLock(folder, 'x'));
});

test('is free once its owner is dead', async (t) => {
  const folder = temporaryFolder(t);
  const owner = startScript('tests/support/scripts/hold-lock.ts', [folder, 'once']);
  assert.equal(await firstLine(owner), 'locked');
  assert.equal(lockOwner(folder, 'x')?.pid, owner.pid);
  owner.kill('SIGKILL');
  await finished(owner);
  taken(tryLock(folder, 'x'));
});

test('does not mistake a process with a reused pid for the owner', (t) => {
  const folder = temporaryFolder(t);
  const me = thisProcess();
  writeFileSync(join(folder, 'x.lock.7'), JSON.stringify({ owner: { ...me, startedAt: me.startedAt! - 3_600_000 } }));
  taken(tryLock(folder, 'x')).release();
  writeFileSync(join(folder, 'x.lock.90'), JSON.stringify({ owner: { ...me, boot: 'before the reboot' } }));
  taken(tryLock(folder, 'x'));
  assert.deepEqual(readdirSync(folder), ['x.lock.91']);
});

test('an owner that did not finish writing its name counts for half a minute', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'x.lock.3');
  writeFileSync(file, '');
  assert.deepEqual(tryLock(folder, 'x'), { heldBy: undefined });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(file, longAgo, longAgo);
  taken(tryLock(folder, 'x'));
});

test('an owner on another host counts as long as it updates the lock', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'x.lock.1');
  const elsewhere = { ...thisProcess(), host: 'elsewhere' };
  writeFileSync(file, JSON.stringify({ owner: elsewhere }));
  assert.deepEqual(tryLock(folder, 'x'), { heldBy: elsewhere });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(file, longAgo, longAgo);
  taken(tryLock(folder, 'x'));
});

test('is never held by two of many competing processes, even when holders are killed', async (t) => {
  const folder = temporaryFolder(t);
  const contenders = await Promise.all(
    Array.from({ length: 5 }, async (_, number) => {
      // Each takes and releases the lock many times; two of them die holding it.
      return await finished(startScript('tests/support/scripts/hold-lock.ts', [folder, number < 2 ? 'die' : 'again']));
    }),
  );
  for (const { code, stderr } of contenders.slice(2)) assert.equal(code, 0, stderr);
  for (const { stderr } of contenders) assert.equal(stderr, '');
});

test('an owner that was silent until another host took the lock notices the loss, and cannot release it', (t) => {
  const folder = temporaryFolder(t);
  const mine = taken(tryLock(folder, 'x'));
  assert.equal(mine.isHeld(), true);
  const theirs = { owner: { ...thisProcess(), host: 'another' } };
  writeFileSync(join(folder, 'x.lock.2'), JSON.stringify(theirs));
  assert.equal(mine.isHeld(), false);
  mine.release();
  assert.deepEqual(lockOwner(folder, 'x'), theirs.owner);
});
