import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../schedulers/support/world.ts';
import { openhouse } from '../support/command.ts';

test('a person opts a lead out and in again, by name and with the reason', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', { email: 'ana@example.com' });
  await world.lead('eve', { email: 'ana@example.com' }, [{ type: 'OptOut' }]);
  await world.catchUp();
  const run = async (...args: string[]) => {
    const { code, stdout } = await openhouse(['leads', ...args, '--as', 'dana', '--json'], {
      extraEnv: { DATABASE_URL: world.databaseUrl, EVENTSTORE_URL: world.eventStoreUrl },
    });
    return { code, answer: JSON.parse(stdout) };
  };
  const out = await run('opt-out', 'ana', '--because', 'She called');
  assert.deepEqual(out, {
    code: 0,
    answer: { contactKey: 'ana', emailOptOut: true, changed: true, othersOptedOut: [] },
  });
  const back = await run('opt-in', 'ana', '--because', 'She wrote to us');
  assert.deepEqual(back, {
    code: 0,
    answer: { contactKey: 'ana', emailOptOut: false, changed: true, othersOptedOut: ['eve'] },
  });
  const recorded = [];
  for await (const stored of world.store.readStream('lead-ana', 1n)) {
    if (!('event' in stored)) continue;
    const { actor, reason } = stored.metadata;
    recorded.push([stored.event.type, actor, reason]);
  }
  const dana = { kind: 'person', id: 'dana' };
  assert.deepEqual(recorded, [
    ['LeadOptedOut', dana, 'She called'],
    ['LeadOptedIn', dana, 'She wrote to us'],
  ]);
  assert.equal((await run('opt-in', 'nobody@example.com', '--because', 'x')).code, 1, 'there is no such lead');
});
