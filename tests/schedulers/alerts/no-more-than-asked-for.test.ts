import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BSONRegExp } from 'bson';
import { sql } from 'kysely';
import { countOnHold } from '../../../schedulers/alerts/searches/on-hold.ts';
import { contact, search } from '../../importers/support/documents.ts';
import { newHome, openImporting } from '../support/import-and-alert.ts';

const ring = [
  { lat: 26.3, lng: -80.2 },
  { lat: 26.3, lng: -80.0 },
  { lat: 26.4, lng: -80.0 },
  { lat: 26.4, lng: -80.2 },
];
const elsewhere = ring.map(({ lat, lng }) => ({ lat: lat + 2, lng }));

/** A search as in the old CRM, and the outcome when the home in Boca Raton comes onto the market. */
type Case = readonly [title: string, fields: object, outcome: 'mailed' | 'not mailed' | 'on hold'];

const query = (title: string, asked: unknown, outcome: Case[2]): Case => [title, { query: asked }, outcome];
const boca = { city: 'Boca Raton' };

const cases: readonly Case[] = [
  query('criteria that match the home', { ...boca, maxPrice: 500_000, minBeds: 3 }, 'mailed'),
  query('criteria that do not match the home', { ...boca, maxPrice: 400_000 }, 'not mailed'),
  query('a pattern for the city', { city: { $regex: '^boca' }, maxPrice: 900_000 }, 'on hold'),
  query('a regular expression for the city', { city: new BSONRegExp('^delray'), maxPrice: 900_000 }, 'on hold'),
  query('an unknown type', { type: 'Penthouse', maxPrice: 900_000 }, 'on hold'),
  query('a city or a postal code, the city is right', { $or: [boca, { zip: '33483' }] }, 'mailed'),
  query('a city or a postal code, neither is right', { $or: [{ city: 'Lantana' }, { zip: '33483' }] }, 'not mailed'),
  query('a city or a price', { $or: [{ city: 'Lantana' }, { maxPrice: 900_000 }] }, 'on hold'),
  query('any city', { city: 'Any', maxPrice: 500_000 }, 'mailed'),
  query('any city, too expensive', { city: 'All', maxPrice: 400_000 }, 'not mailed'),
  query('areas: the postal code is right', { areas: ['Lantana', '33432'] }, 'mailed'),
  query('areas: the city is right', { areas: ['Boca Raton', '33483'] }, 'mailed'),
  query('areas: neither is right', { areas: ['Lantana', '33483'] }, 'not mailed'),
  query('city and postal code, one is wrong', { ...boca, zip: '33483' }, 'not mailed'),
  query('a polygon of points with names', { polygon: elsewhere }, 'not mailed'),
  query('a price range that holds', { ...boca, price: '300k-450k' }, 'mailed'),
  query('a price range that does not', { ...boca, price: '300k-400k' }, 'not mailed'),
  query('at least a price', { ...boca, price: '500k+' }, 'not mailed'),
  query('at most a price', { ...boca, price: 'under 400k' }, 'not mailed'),
  query('an unreadable price', { ...boca, price: 'cheap' }, 'on hold'),
  query('a range in the wrong order', { ...boca, minPrice: 500_000, maxPrice: 300_000 }, 'on hold'),
  query('more bedrooms', { ...boca, beds: { $gt: 3 } }, 'not mailed'),
  query('not a city', { city: { $ne: 'Delray Beach' } }, 'on hold'),
  query('none of some cities', { city: { $nin: ['Delray Beach'] } }, 'on hold'),
  query('not a type, within $and', { $and: [boca, { type: { $not: { $eq: 'Land' } } }] }, 'on hold'),
  query('$and, all hold', { $and: [boca, { price: { $lte: 500_000 } }] }, 'mailed'),
  query('an unknown criterion', { ...boca, waterfront: true }, 'on hold'),
  query('keywords as text, one is there', { ...boca, keywords: 'dock, pool' }, 'mailed'),
  query('keywords as a list, none is there', { ...boca, keywords: ['dock', 'spa'] }, 'not mailed'),
  query('criteria that contradict each other', { ...boca, cities: ['Lantana'] }, 'on hold'),
  query('JSON text', JSON.stringify({ ...boca, maxPrice: 400_000 }), 'not mailed'),
  query('broken JSON text', '{"city":"Boca Raton","maxPrice":', 'on hold'),
  ['a criterion outside the query', { maxPrice: 300_000, query: boca }, 'on hold'],
  ['no frequency', { frequency: undefined, query: boca }, 'mailed'],
  ['frequency none', { frequency: 'none', query: boca }, 'not mailed'],
  ['frequency false', { frequency: false, query: boca }, 'not mailed'],
  ['frequency 0', { frequency: 0, query: boca }, 'not mailed'],
  ['frequency monthly', { frequency: 'monthly', query: boca }, 'on hold'],
  ['frequency true', { frequency: true, query: boca }, 'on hold'],
  ['active paused', { active: 'paused', query: boca }, 'not mailed'],
  ['active N', { active: 'N', query: boca }, 'not mailed'],
  ['active perhaps', { active: 'perhaps', query: boca }, 'on hold'],
  ['paused', { paused: true, query: boca }, 'not mailed'],
  ['enabled false', { enabled: false, query: boca }, 'not mailed'],
  ['deleted', { deletedAt: new Date('2025-01-01'), query: boca }, 'not mailed'],
  ['status archived', { status: 'archived', query: boca }, 'not mailed'],
  ['muted under another name', { alerts: 'off', query: boca }, 'not mailed'],
  ['expires some day', { expiresAt: new Date('2020-01-01'), query: boca }, 'on hold'],
  ['another frequency field says never', { emailFrequency: 'never', frequency: undefined, query: boca }, 'not mailed'],
  ['two frequencies that differ', { alertFrequency: 'weekly', query: boca }, 'on hold'],
  ['an exclusion outside the query', { excludedCities: ['Boca Raton'], query: boca }, 'on hold'],
  query('a state for a town', { city: 'Florida', maxPrice: 500_000 }, 'on hold'),
  query('a polygon with one corner swapped', { polygon: [...elsewhere, { lat: -80.2, lng: 26.3 }] }, 'on hold'),
  [
    'weekly, sent two days ago',
    { frequency: 'weekly', lastSentAt: new Date('2026-03-29T14:00:00Z'), query: boca },
    'not mailed',
  ],
  [
    'weekly, sent eight days ago',
    { frequency: 'weekly', lastSentAt: new Date('2026-03-23T14:00:00Z'), query: boca },
    'mailed',
  ],
];

suite('a saved search sends only what was asked for', () => {
  const mailed = new Set<string>();
  const held = new Map<string, boolean>();
  const address = (index: number) => `case${index}@example.com`;

  test('imported, then matched against a new home', async (t) => {
    const world = await openImporting(t);
    const buyers = cases.map((_, index) => contact({ email: address(index) }));
    const searches = cases.map(([, fields], index) => search(buyers[index]!._id, { frequency: 'instant', ...fields }));
    const summary = await world.import({ contacts: buyers, savedsearches: searches });
    assert.equal(summary.collections.savedsearches?.quarantined, 0);
    assert.deepEqual(await world.mailed(), []);
    await world.import({ contacts: buyers, savedsearches: searches, properties: [newHome()] });
    for (const recipient of await world.mailed()) mailed.add(recipient);
    const { rows } = await sql<{ email: string; on_hold_yn: boolean }>`
      select email, on_hold_yn from read.saved_searches join read.leads using (contact_key)`.execute(world.db);
    for (const row of rows) held.set(row.email, row.on_hold_yn);
    const { searches: counted } = await countOnHold(world.db);
    assert.equal(counted, cases.filter(([, , outcome]) => outcome === 'on hold').length);
  });

  for (const [index, [title, , outcome]] of cases.entries()) {
    test(`${title}: ${outcome}`, () => {
      const on = held.get(address(index)) ? 'on hold' : 'not mailed';
      assert.equal(mailed.has(address(index)) ? 'mailed' : on, outcome);
    });
  }
});

test('a weekly search that was sent two days before is due five days later', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com' });
  const weekly = search(buyer._id, { frequency: 'weekly', lastSentAt: new Date('2026-03-29T14:00:00Z'), query: boca });
  await world.import({ contacts: [buyer], savedsearches: [weekly] });
  await world.mailed();
  await world.import({ contacts: [buyer], savedsearches: [weekly], properties: [newHome()] });
  assert.deepEqual(await world.mailed(), []);
  world.clock.advance(4 * 24 * 60 * 60_000);
  assert.deepEqual(await world.mailed(), []);
  world.clock.advance(24 * 60 * 60_000);
  assert.deepEqual(await world.mailed(), ['ana@example.com']);
});

test('a repaired document lifts the hold, and homes from before are not news', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com' });
  const broken = search(buyer._id, { frequency: 'instant', query: { city: { $regex: '^boca' } } });
  await world.import({ contacts: [buyer], savedsearches: [broken], properties: [newHome()] });
  assert.deepEqual(await world.mailed(), []);
  const repaired = { ...broken, query: boca, updatedAt: new Date('2025-03-01') };
  await world.import({ savedsearches: [repaired] });
  assert.deepEqual(await world.mailed(), []);
  await world.import({
    savedsearches: [repaired],
    properties: [
      newHome(),
      newHome({ mlsId: 'RX-20000002', price: 460_000, address: '2 Ocean Drive, Boca Raton, FL 33432' }),
    ],
  });
  assert.deepEqual(await world.mailed(), ['ana@example.com']);
});

test('a search edited into something that is not understood is put on hold, and sends nothing more', async (t) => {
  const world = await openImporting(t);
  const buyer = contact({ email: 'ana@example.com' });
  const fine = search(buyer._id, { frequency: 'instant', query: boca });
  await world.import({ contacts: [buyer], savedsearches: [fine] });
  await world.mailed();
  const edited = { ...fine, query: { ...boca, view: 'ocean' }, updatedAt: new Date('2025-03-01') };
  await world.import({ savedsearches: [edited], properties: [newHome()] });
  assert.deepEqual(await world.mailed(), []);
});
