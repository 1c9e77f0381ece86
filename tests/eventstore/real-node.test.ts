import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '../support/postgres/test-postgres.ts';

/** How the tests run on a real node (see CONTRIBUTING.md), with our own event store in its place. */
const runTests = (file: string, command: string) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const env = { ...process.env, OPENHOUSE_TEST_EVENTSTORE: command, NODE_TEST_CONTEXT: undefined };
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    execFile(process.execPath, ['--import', 'tsx', '--test', file], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` }),
    );
  });

const ourServer = `'${process.execPath}' --import tsx eventstore/embedded/main.ts`;

test('OPENHOUSE_TEST_EVENTSTORE: the tests start their event store with that command, restart it on its data, and end it', async (t) => {
  const database = await testDatabase();
  t.after(() => database.drop());
  const command = `test -d {folder} && ${ourServer} --port {port} --database-url '${database.url}'`;
  const { code, output } = await runTests('tests/projections/subscribe.test.ts', command);
  assert.equal(code, 0, output);
  assert.match(output, /pass 3\b/);
});

test('OPENHOUSE_TEST_EVENTSTORE: a command that does not start one fails the tests with what it printed', async () => {
  const { code, output } = await runTests(
    'tests/eventstore/contract/http.test.ts',
    'echo no license for {port}; exit 3',
  );
  assert.equal(code, 1);
  assert.match(output, /the event store of OPENHOUSE_TEST_EVENTSTORE did not start/);
  assert.match(output, /no license for \d+/);
});
