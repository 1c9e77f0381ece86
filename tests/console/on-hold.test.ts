import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
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
  await world.tell('savedSearch', 'off', {
    type: 'RecordSavedSearch',
    savedSearchKey: 'off',
    fields: { contactKey: 'ana', savedSearchName: 'Homes of off', criteria: {}, activeYN: false },
    holdReasons: [{ field: 'criteria', code: 'criteria-missing', found: '' }],
  });
  await world.catchUp();
  const empty = await page();
  assert.match(empty, /No active saved search is on hold/);
  assert.match(empty, /1 search that is switched off is not fully understood\./);

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

/** A hundred searches on hold: all for a long criterion, some for a frequency, too, and one for many reasons. */
const withManyOnHold = async (t: TestContext) => {
  const world = await openWorld();
  const console = await openConsole(world);
  t.after(async () => {
    await console.close();
    await world.close();
  });
  const unclear = (name: string) => ({
    field: 'criteria',
    code: 'criterion-unclear',
    found: JSON.stringify({ [name]: 'x '.repeat(60) }),
  });
  const monthly = { field: 'scheduleType', code: 'frequency-unknown', found: '{"frequency":"monthly"}' };
  for (let index = 0; index < 100; index++) {
    const savedSearchKey = `s${String(index).padStart(3, '0')}`;
    const many = ['kitchen', 'garage', 'view', 'fence', 'dock'].map(unclear);
    await world.tell('savedSearch', savedSearchKey, {
      type: 'RecordSavedSearch',
      savedSearchKey,
      fields: {
        contactKey: 'ana',
        savedSearchName: `Homes ${savedSearchKey}`,
        criteria: {},
        ...(index >= 90 ? { activeYN: false } : {}),
      },
      holdReasons: [...(index === 7 ? many : [unclear('kitchen')]), ...(index % 3 === 1 ? [monthly] : [])],
    });
  }
  await world.catchUp();
  return async (path: string) => await (await fetch(new URL(path, console.url))).text();
};

const namesOn = (text: string): readonly string[] => [...text.matchAll(/>Homes (s\d+)</g)].map(([, name]) => name!);
const nextOf = (text: string): string | undefined =>
  /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');

test('searches on hold are counted by reason, and shown page by page, all of them once, also those with one reason', async (t) => {
  const get = await withManyOnHold(t);
  const walk = async (start: string) => {
    const pages: string[][] = [];
    for (let path: string | undefined = start; path !== undefined; ) {
      const text = await get(path);
      pages.push([...namesOn(text)]);
      path = nextOf(text);
    }
    return pages;
  };
  const numbers = Array.from({ length: 90 }, (_, index) => index);
  const keys = (some: readonly number[]) => some.map((index) => `s${String(index).padStart(3, '0')}`);

  const first = await get('/on-hold');
  const [, link = ''] =
    /href="([^"]*)">a frequency that openhouse does not offer<\/a><\/td><td class="number">30</.exec(first) ?? [];
  assert.match(first, /a criterion that is not understood<\/a><\/td><td class="number">90</);
  assert.match(first, /10 searches that are switched off are not fully understood either\./);
  const all = await walk('/on-hold');
  assert.deepEqual(
    all.map((page) => page.length),
    [25, 25, 25, 15],
  );
  assert.deepEqual(all.flat(), keys(numbers));
  assert.deepEqual((await walk(link)).flat(), keys(numbers.filter((index) => index % 3 === 1)));
});

test('searches on hold are counted on the first page only', async (t) => {
  const get = await withManyOnHold(t);
  const first = await get('/on-hold');
  assert.match(first, /90 saved searches by reason/);
  const second = await get(nextOf(first)!);
  assert.equal(namesOn(second).length, 25);
  assert.doesNotMatch(second, /90 saved searches|by reason|switched off/);
});

test('a search on hold shows at most three reasons, those asked for first, each on a line, and the number of the others', async (t) => {
  const get = await withManyOnHold(t);
  const rowOf = (text: string) => /<tr><th scope="row"><a href="[^"]*">Homes s007<.*?<\/tr>/s.exec(text)?.[0] ?? '';
  const found = (text: string) => [...rowOf(text).matchAll(/<code>([^<]*)<\/code>/g)].map(([, shown]) => shown!);
  const row = rowOf(await get('/on-hold'));
  assert.equal(found(row).length, 3);
  for (const shown of found(row)) assert.match(shown, /^\{&quot;\w+&quot;:&quot;(x )+x?…$/);
  assert.match(row, /<a href="\/history\/saved-search\/s007">and 3 more<\/a>/);
  assert.match(found(await get('/on-hold?reason=frequency-unknown'))[0]!, /monthly/);
  assert.match(await get('/history/saved-search/s007'), /dock[^<]*(x ){59}/, 'its own page shows all of it');
});

test('pages that are not there say so', async (t) => {
  const get = await withManyOnHold(t);
  for (const path of ['/on-hold?after=s089', '/on-hold?reason=unheard-of&after=s001', '/on-hold?after=gone'])
    assert.match(await get(path), /There are no more such searches/, path);
  assert.match(await get('/on-hold?reason=unheard-of'), /No search is on hold for this reason/);
  assert.equal(namesOn(await get('/on-hold?reason=%22')).length, 25, 'what cannot be a reason is no filter');
});
