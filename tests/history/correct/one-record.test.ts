import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correct, rehearse } from '../../../commands/corrections/correct.ts';
import { readPlaces } from '../../../importers/legacy/read-places.ts';
import { useCorrections } from './support.ts';

const corrections = useCorrections();
const { aListing, aSearchOnHold, asked, eventsOf } = corrections;

test('a correction appends one event with actor and reason, and returns its position', async () => {
  const { store } = corrections.world;
  const key = await aListing();
  const result = await correct(store, 'listing', key, { listPrice: 52_500, yearBuilt: 1987 }, asked());
  assert.ok(result.outcome === 'done');
  assert.deepEqual(result.changes, [
    { field: 'listPrice', before: 525_000, after: 52_500 },
    { field: 'yearBuilt', before: null, after: 1987 },
  ]);
  const entries = await eventsOf('listing', key);
  assert.equal(entries.length, 2);
  assert.equal(entries[0]!.eventType, 'ListingEntered');
  const { actor, reason, eventType, entityEventSequence } = entries[1]!;
  assert.deepEqual(
    { actor, reason, eventType, entityEventSequence },
    {
      actor: { kind: 'person', id: 'mlopez' },
      reason: 'Typed one digit wrong',
      eventType: 'ListingDetailsCorrected',
      entityEventSequence: result.position.commit.toString(),
    },
  );
});

test('a correction records nothing when the value is already correct', async () => {
  const key = await aListing();
  const result = await correct(corrections.world.store, 'listing', key, { city: 'Boca Raton' }, asked());
  assert.deepEqual(result, { outcome: 'unchanged' });
  assert.equal((await eventsOf('listing', key)).length, 1);
});

test('a correction that would clear a required field is refused', async () => {
  const key = await aListing();
  const result = await correct(corrections.world.store, 'listing', key, { standardStatus: null }, asked());
  assert.ok(result.outcome === 'refused' && result.rejection.code === 'status-required');
});

test('a correction of a record that does not exist is refused', async () => {
  const result = await correct(corrections.world.store, 'lead', 'unheard-of', { firstName: 'M' }, asked());
  assert.ok(result.outcome === 'refused' && result.rejection.code === 'lead-unknown');
});

test('a correction takes a saved search off hold, even when it only confirms what was understood', async () => {
  const key = await aSearchOnHold();
  const criteria = { listPriceMax: 900_000 };
  const result = await correct(corrections.world.store, 'savedSearch', key, { criteria }, asked());
  assert.ok(result.outcome === 'done');
  assert.deepEqual(
    result.changes.map(({ field, after }) => [field, after]),
    [['holdReasons', []]],
  );
});

test('a dry run gives the same answer, and records nothing', async () => {
  const { store } = corrections.world;
  const key = await aListing();
  assert.deepEqual(await rehearse(store, 'listing', key, { city: 'Delray Beach' }), {
    outcome: 'would-do',
    changes: [{ field: 'city', before: 'Boca Raton', after: 'Delray Beach' }],
  });
  assert.deepEqual(await rehearse(store, 'listing', key, { city: 'Boca Raton' }), { outcome: 'unchanged' });
  assert.equal((await eventsOf('listing', key)).length, 1);
});

test('dependent fields are in the answer, in the dry run and in the event of the correction', async () => {
  const { store } = corrections.world;
  const street = { streetNumber: '125', streetName: 'Oak Ave' };
  const key = await aListing({ unparsedAddress: '125 Oak Ave, Boca Raton', ...street });
  const changes = [
    { field: 'city', before: 'Boca Raton', after: 'Delray Beach' },
    { field: 'unparsedAddress', before: '125 Oak Ave, Boca Raton', after: '125 Oak Ave, Delray Beach' },
  ];
  const city = { city: 'Delray Beach' };
  assert.deepEqual(await rehearse(store, 'listing', key, city, new Map(), readPlaces), {
    outcome: 'would-do',
    changes,
  });
  const result = await correct(store, 'listing', key, city, asked(), readPlaces);
  assert.ok(result.outcome === 'done');
  assert.deepEqual(result.changes, changes);
  const [, event, ...others] = await eventsOf('listing', key);
  assert.deepEqual(others, []);
  assert.deepEqual(event!.changes.map(({ fieldName }) => fieldName).sort(), ['city', 'unparsedAddress']);
});
