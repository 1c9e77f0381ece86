import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWorld } from '../history/support.ts';
import { openConsole, seed } from './support.ts';

test('a person gives a lead to an agent, with the reason; without a reason or a token nothing changes', async (t) => {
  const world = await openWorld();
  await seed(world);
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  const page = await fetch(`${console.url}/leads/c1`);
  const cookie = page.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
  const act = async (form: Record<string, string>) => {
    const response = await fetch(`${console.url}/leads/c1/actions`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams(form),
      redirect: 'manual',
    });
    return response.status;
  };
  const form = { _csrf: token, action: 'reassign', agent: 'dana@example.com' };
  assert.equal(await act(form), 422);
  assert.equal(await act({ ...form, _csrf: 'x', because: 'Asked for Dana' }), 403);
  assert.equal(await act({ ...form, because: 'Asked for Dana' }), 303);
  const after = await (await fetch(`${console.url}/leads/c1`)).text();
  assert.match(after, /Asked for Dana/);
  assert.equal(await act({ _csrf: token, action: 'release', because: 'Dana is away' }), 303);
  assert.equal(await act({ _csrf: token, action: 'release', because: 'Again' }), 422);
});
