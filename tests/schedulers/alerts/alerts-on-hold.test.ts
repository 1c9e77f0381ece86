import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdReasonWords } from '../../../schedulers/alerts/searches/hold-words.ts';
import { countOnHold } from '../../../schedulers/alerts/searches/on-hold.ts';
import { contact, search } from '../../importers/support/documents.ts';
import { ana, home, inBoca, tick } from '../support/alert-tick.ts';
import { openImporting } from '../support/import-and-alert.ts';
import { openWorld } from '../support/world.ts';

const unclear = { field: 'criteria', code: 'criterion-unclear', found: '{"city":{"$regex":"^boca"}}' };

test('nothing is sent for a search on hold, and it is counted with its reason', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', { ...inBoca, criteria: {} }, [unclear]);
  await tick(world);
  await world.listing('new', home);
  const { sent, counts, onHold } = await tick(world);
  assert.deepEqual(sent, []);
  assert.equal(counts.onHold, 1);
  assert.deepEqual(onHold, { 'a criterion that is not understood': 1 });
});

test('a home that came onto the market during a hold is not news when the hold is lifted', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', inBoca, [unclear]);
  await tick(world);
  await world.listing('during', home);
  await world.savedSearch('s', {}, []);
  await world.listing('after', home);
  const { sent, onHold } = await tick(world);
  assert.deepEqual(sent, ['ana: New Listing after']);
  assert.deepEqual(onHold, {});
});

test('matches waiting for a daily e-mail are dropped when the search is put on hold', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', { ...inBoca, scheduleType: 'Daily' });
  await world.listing('first', home);
  await tick(world);
  await world.listing('second', home);
  await tick(world);
  await world.savedSearch('s', {}, [unclear]);
  const { sent, droppedBy, counts } = await tick(world);
  assert.deepEqual(sent, []);
  assert.deepEqual([droppedBy, counts.waiting], [{ 'search on hold': 1 }, 0]);
});

test('areas are alternatives: a home in one of the cities or with one of the postal codes', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  const areas = { cities: ['Lantana', 'Boca  RATON'], postalCodes: ['33483', '33432'] };
  await world.savedSearch('s', { ...inBoca, criteria: { areas } });
  await tick(world);
  await world.listing('both', { ...home, city: 'Boca Raton', postalCode: '33432' });
  await world.listing('city', { ...home, city: 'Lantana', postalCode: '33462' });
  await world.listing('code', { ...home, city: 'Delray Beach', postalCode: '33483' });
  await world.listing('neither', { ...home, city: 'Stuart', postalCode: '34994' });
  const { sent, counts } = await tick(world);
  assert.deepEqual(sent, ['ana: New Listing both', 'ana: New Listing city', 'ana: New Listing code']);
  assert.equal(counts.matches, 3);
});

test('separate criteria for cities and postal codes must both hold', async (t) => {
  const world = await openWorld(t);
  await world.lead('ana', ana);
  await world.savedSearch('s', { ...inBoca, criteria: { cities: ['Boca Raton'], postalCodes: ['33432'] } });
  await tick(world);
  await world.listing('both', { ...home, city: 'Boca Raton', postalCode: '33432' });
  await world.listing('city', { ...home, city: 'Boca Raton', postalCode: '33431' });
  assert.deepEqual((await tick(world)).sent, ['ana: New Listing both']);
});

test('the import and the read model count the same searches on hold, and those that are switched off apart', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com' });
  const inTowns = { query: { city: { $regex: '^boca' } } };
  const summary = await world.import({
    contacts: [buyer],
    savedsearches: [
      search(buyer._id),
      search(buyer._id, inTowns),
      search(buyer._id, { ...inTowns, frequency: 'monthly' }),
      search(buyer._id, { ...inTowns, active: 'perhaps' }),
      search(buyer._id, { ...inTowns, active: false }),
      search(buyer._id, { ...inTowns, active: false, type: 'Penthouse' }),
      search(buyer._id, { ...inTowns, frequency: 'never' }),
    ],
  });
  await world.catchUp();
  const { byReason, ...counts } = summary.onHold;
  const inWords = Object.entries(byReason).map(([code, count]) => [holdReasonWords({ code }), count]);
  assert.deepEqual(await countOnHold(world.db), { ...counts, byReason: Object.fromEntries(inWords) });
  assert.deepEqual(counts, { searches: 3, switchedOff: 3 });
  assert.equal(byReason['criterion-unclear'], 3);
});
