import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../../platform/errors.ts';
import { openhouse } from '../../support/command.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';

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

const secret = 'hunter2';
const wrong: readonly [what: string, url: string, problem: RegExp][] = [
  ['an address with spaces', `esdb://u:${secret}@a b`, /spaces/],
  ['two schemes', `esdb://esdb://u:${secret}@a`, /two schemes/],
  ['a port of 99999', `esdb://u:${secret}@a:99999`, /port 99999/],
  ['an unknown parameter', `esdb://u:${secret}@a?tlss=false`, /unknown parameter tlss/],
  ['an empty host', `esdb://u:${secret}@:2113`, /empty host/],
  ['a password with @', `esdb://u:${secret}@${secret}@a`, /%40/],
  ['a password with %', `esdb://u:${secret}%@a`, /%25/],
  ['a tlsCAFile that does not exist', `esdb://u:${secret}@a?tlsCAFile=/no/ca.crt`, /tlsCAFile .*\/no\/ca\.crt/],
];
test('an EVENTSTORE_URL that is wrong is rejected at start with what is wrong, exit code 2, and never with its password', async () => {
  for (const [what, url, problem] of wrong) {
    const { code, stdout, stderr } = await openhouse(['jobs'], { extraEnv: { EVENTSTORE_URL: url } });
    assert.equal(code, exitCodes.usage, `${what}: ${stderr}`);
    assert.match(stderr, problem, what);
    assert.match(stderr, /EVENTSTORE_URL/, what);
    assert.ok(!`${stdout}${stderr}`.includes(secret), what);
  }
});
