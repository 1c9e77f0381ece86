import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../history/support.ts';
import { openConsole, openPage, seed } from './support.ts';

test('a person gives a lead to an agent, with the reason; without a reason or a token nothing changes', async (t) => {
  const world = await openWorld();
  await seed(world);
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  const { send } = await openPage(`${console.url}/leads/c1`);
  const act = async (form: Record<string, string>) => (await send(`${console.url}/leads/c1/actions`, form)).status;
  const form = { action: 'reassign', agent: 'dana@example.com' };
  assert.equal(await act(form), 422);
  assert.equal(await act({ ...form, _csrf: 'x', because: 'Asked for Dana' }), 403);
  assert.equal(await act({ ...form, because: 'Asked for Dana' }), 303);
  const after = await (await fetch(`${console.url}/leads/c1`)).text();
  assert.match(after, /Asked for Dana/);
  assert.equal(await act({ action: 'release', because: 'Dana is away' }), 303);
  assert.equal(await act({ action: 'release', because: 'Again' }), 422);
});
