import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finished, startOpenhouse } from '../support/command.ts';
import { testDatabase } from '../support/postgres/test-postgres.ts';

test('openhouse users adds with a password from stdin, lists, changes and removes users', async (t) => {
  const database = await testDatabase();
  t.after(database.drop);
  const users = async (args: string[], stdin = '') => {
    const child = startOpenhouse(['users', ...args], {
      extraEnv: { DATABASE_URL: database.url },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin!.end(stdin);
    return await finished(child);
  };

  const added = await users(['add', 'Dana', '--json'], 'correct horse battery\nanother line\n');
  assert.equal(added.code, 0, added.stderr);
  assert.deepEqual(JSON.parse(added.stdout), { userName: 'dana' });
  assert.equal((await users(['add', 'dana'], 'correct horse battery')).code, 1, 'there is one already');

  const weak = await users(['add', 'erin', '--json'], 'short\n');
  assert.equal(weak.code, 2);
  assert.match(weak.stdout, /at least 12 characters/);
  const missing = await users(['add', 'erin']);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /no password on stdin/);
  const inArguments = await users(['add', 'erin', 'correct horse battery']);
  assert.equal(inArguments.code, 2, 'a password on the command line is refused');

  const listed = JSON.parse((await users(['list', '--json'])).stdout) as { userName: string; sessions: number }[];
  assert.deepEqual(
    listed.map(({ userName, sessions }) => [userName, sessions]),
    [['dana', 0]],
  );
  assert.equal((await users(['password', 'dana'], 'some other long words')).code, 0);
  assert.match((await users(['log-out', 'dana'])).stdout, /0 sessions ended/);
  assert.equal((await users(['remove', 'dana'])).code, 0);
  assert.equal((await users(['remove', 'dana'])).code, 1);
  assert.match((await users(['list'])).stdout, /No one can log in/);
});
