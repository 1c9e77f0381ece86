import { test } from 'node:test';
import type { SavedSearchEvent } from '../../../domain/saved-search/index.ts';
import savedSearches from '../../../projections/saved-searches/projection.ts';
import { occurredAt, positionOf, specification } from '../support/specification.ts';

const { given } = specification(savedSearches, 'savedSearch');

const created = {
  type: 'SavedSearchCreated',
  data: {
    savedSearchKey: '1',
    contactKey: 'c1',
    savedSearchName: 'Near the beach',
    criteria: { cities: ['Boca Raton'], listPriceMax: 500_000 },
    scheduleType: 'Daily',
    activeYN: true,
    legacyIds: ['saved_searches/1'],
  },
} satisfies SavedSearchEvent;
const search = {
  ...created.data,
  onHoldYN: false,
  firstSeenPosition: positionOf(0),
  criteriaPosition: positionOf(0),
  createdAt: occurredAt,
};
const paused: SavedSearchEvent = { type: 'SearchPaused', data: { reason: 'On vacation' } };
const reasons = [{ field: 'criteria', code: 'not-understood', found: 'near the park' }];
const onHold: SavedSearchEvent = { type: 'SavedSearchPutOnHold', data: { reasons } };

test('a search that is created counts what is on the market then as seen', async () => {
  await given([created]).then('saved_searches', [search]);
});

test('each search has a row of its own, with its own position', async () => {
  const other = { savedSearchKey: '2', contactKey: 'c1', criteria: {}, activeYN: false };
  await given([created, { type: 'SavedSearchCreated', key: '2', data: other }]).then('saved_searches', [
    search,
    {
      ...other,
      onHoldYN: false,
      firstSeenPosition: positionOf(1),
      criteriaPosition: positionOf(1),
      createdAt: occurredAt,
    },
  ]);
});

test('new criteria count what is on the market then as seen', async () => {
  const criteria = { postalCodes: ['33432'], bedroomsMin: 3 };
  await given([created, { type: 'CriteriaChanged', data: { criteria } }]).then('saved_searches', [
    { ...search, criteria, criteriaPosition: positionOf(1) },
  ]);
});

test('another schedule leaves the position alone', async () => {
  await given([created, { type: 'ScheduleTypeChanged', data: { scheduleType: 'ASAP' } }]).then('saved_searches', [
    { ...search, scheduleType: 'ASAP' },
  ]);
});

test('a paused search is inactive, for this reason', async () => {
  await given([created, paused]).then('saved_searches', [
    { ...search, activeYN: false, reasonActiveOrDisabled: 'On vacation' },
  ]);
});

test('a pause without a reason empties the one before', async () => {
  await given([created, paused, { type: 'SearchPaused', data: {} }]).then('saved_searches', [
    { ...search, activeYN: false, reasonActiveOrDisabled: null },
  ]);
});

test('a resumed search counts what is on the market then as seen', async () => {
  await given([created, paused, { type: 'SearchResumed', data: {} }]).then('saved_searches', [
    { ...search, criteriaPosition: positionOf(2) },
  ]);
});

test('a correction sets some fields and empties others', async () => {
  const changes = { contactKey: 'c2', savedSearchName: null };
  await given([created, { type: 'SavedSearchDetailsCorrected', data: { changes } }]).then('saved_searches', [
    { ...search, ...changes },
  ]);
});

test('a search on hold stays active, with the reasons for the hold', async () => {
  await given([created, onHold]).then('saved_searches', [{ ...search, onHoldYN: true, holdReasons: reasons }]);
});

test('the reasons of a later hold replace those of the one before', async () => {
  const later = [{ field: 'scheduleType', code: 'not-understood', found: 'sometimes' }];
  await given([created, onHold, { type: 'SavedSearchPutOnHold', data: { reasons: later } }]).then('saved_searches', [
    { ...search, onHoldYN: true, holdReasons: later },
  ]);
});

test('a search whose hold is lifted counts what is on the market then as seen', async () => {
  await given([created, onHold, { type: 'SavedSearchHoldLifted', data: {} }]).then('saved_searches', [
    { ...search, criteriaPosition: positionOf(2) },
  ]);
});

test('an event of a search that was never created is parked', async () => {
  await given([paused]).thenParked('SearchPaused of a record that has no SavedSearchCreated');
});
