import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../platform/errors.ts';
import { openhouse } from '../support/command.ts';
import { testDatabase } from '../support/postgres.ts';

type Told = { error: { code: string; message: string; hint: string } };

test('exits with 4 when the event store cannot be reached, and says which one and what to do', async (t) => {
  const database = await testDatabase();
  t.after(database.drop);
  const extraEnv = { DATABASE_URL: database.url, EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' };
  for (const args of [
    ['alerts', 'run'],
    ['history', 'listing', 'RX-1'],
  ]) {
    const { code, stdout, stderr } = await openhouse([...args, '--json'], { extraEnv });
    assert.equal(code, exitCodes.unreachable, stderr);
    const { error } = JSON.parse(stdout) as Told;
    assert.equal(error.code, 'event-store-unreachable');
    assert.equal(error.message, 'the event store cannot be reached (connect ECONNREFUSED 127.0.0.1:1)');
    assert.match(error.hint, /openhouse doctor/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});
