import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { contact } from '../../importers/support/documents.ts';
import { writeDump } from '../../importers/support/dump.ts';
import { openhouse } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('imported records can be found as soon as the import ends', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const dump = writeDump(t, { contacts: [contact({ email: 'real@person.test' })] });
  const imported = await openhouse(['import', dump, '--home', home, '--json']);
  assert.equal(imported.code, 0, imported.stderr);
  assert.deepEqual((JSON.parse(imported.stdout) as { readModelsBehind: string[] }).readModelsBehind, []);
  const found = await openhouse(['history', 'lead', 'real@person.test', '--home', home]);
  assert.equal(found.code, 0, found.stderr);
});

test('the doctor exits with 3 after an import when no process runs the jobs', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const dump = writeDump(t, { contacts: [contact({ email: 'real@person.test' })] });
  assert.equal((await openhouse(['import', dump, '--home', home])).code, 0);
  const { code, stdout } = await openhouse(['doctor', '--start', '--home', home]);
  assert.match(
    stdout,
    /! No process is running the jobs: no alerts, lead offers or messages go out\n\s+→ Run `openhouse start`/,
  );
  assert.equal(code, 3, stdout);
});
