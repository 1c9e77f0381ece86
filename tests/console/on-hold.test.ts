import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeldSearches } from '../../queries/leads/lead-facts.ts';
import { openWorld } from '../history/support.ts';
import { openConsole } from './support.ts';

test('the page of saved searches on hold lists whose they are and what was not understood', async (t) => {
  const world = await openWorld();
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  const page = async () => await (await fetch(new URL('/on-hold', console.url))).text();
  await world.catchUp();
  assert.match(await page(), /No saved search is on hold/);

  await world.tell('lead', 'ana', {
    type: 'RecordLead',
    contactKey: 'ana',
    fields: { firstName: 'Ana', lastName: 'Silva <b>', email: 'ana@example.com' },
  });
  for (const [savedSearchKey, found] of [
    ['held', '{"city":{"$regex":"^boca"}}'],
    ['understood', null],
  ] as const) {
    await world.tell('savedSearch', savedSearchKey, {
      type: 'RecordSavedSearch',
      savedSearchKey,
      fields: {
        contactKey: 'ana',
        savedSearchName: `Homes of ${savedSearchKey}`,
        criteria: { cities: ['Boca Raton'] },
      },
      holdReasons: found === null ? [] : [{ field: 'criteria', code: 'criterion-unclear', found }],
    });
  }
  await world.catchUp();
  const shown = await page();
  assert.match(shown, /Ana Silva &lt;b&gt;/);
  assert.match(shown, /a criterion that is not understood: <code>\{&quot;city&quot;/);
  assert.doesNotMatch(shown, /Homes of understood/);
  const [search, ...others] = await readHeldSearches(world.db, 10);
  assert.deepEqual([search?.savedSearchKey, search?.contactKey, search?.leadName], ['held', 'ana', 'Ana Silva <b>']);
  assert.equal(others.length, 0);
});
