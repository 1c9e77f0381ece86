import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { StartSummary } from '../../cli/start/summary.ts';
import { contact } from '../importers/support/documents.ts';
import { writeDump } from '../importers/support/dump.ts';
import { openhouse } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const start = async (home: string, extraEnv: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await openhouse(['start', '--once', '--json', '--home', home], { extraEnv });
  assert.ok(stdout !== '', stderr);
  return { code, summary: JSON.parse(stdout) as StartSummary };
};

suite('openhouse start does not import the sample', () => {
  test('into a home that contains imported data, even when started again', async (t) => {
    const home = join(temporaryFolder(t), 'home');
    const dump = writeDump(t, { contacts: [contact({ email: 'real@person.test' })] });
    const imported = await openhouse(['import', dump, '--home', home]);
    assert.equal(imported.code, 0, imported.stderr);
    for (const _ of [1, 2]) {
      const { code, summary } = await start(home);
      assert.equal(code, 0);
      assert.deepEqual([summary.dumps, summary.now.leads, summary.now.listings], [[], 1, 0]);
      assert.match(summary.notes.join(), /sample is not imported because .* has been imported/);
    }
  });

  test('when MONGO_URL is set, and reports that it cannot be reached', async (t) => {
    const home = join(temporaryFolder(t), 'home');
    const { code, summary } = await start(home, {
      MONGO_URL: 'mongodb://127.0.0.1:1/legacy?serverSelectionTimeoutMS=500',
    });
    assert.equal(code, 3);
    assert.deepEqual([summary.dumps, summary.events], [[], 0]);
    assert.match(summary.problems.join(), /nothing was imported: mongodb:.*127\.0\.0\.1:1.*cannot be reached/);
  });
});

test('openhouse start goes on when too much of a dump goes into quarantine, and says what to do', async (t) => {
  const home = join(temporaryFolder(t), 'home');
  const contacts = Array.from({ length: 60 }, () => contact({ email: 'nobody' }));
  const { code, summary } = await start(home, { OPENHOUSE_DUMP: writeDump(t, { contacts }) });
  assert.equal(code, 3);
  assert.equal(summary.now.quarantined, 60);
  assert.match(
    summary.problems.join(),
    /60 of 60 documents of “Leads” \(100 %\) went into quarantine.*accept-quarantine/,
  );
});
