import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkOutputFile, writeOutputFile } from '../../cli/output-file.ts';
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts';

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
