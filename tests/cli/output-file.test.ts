import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
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
