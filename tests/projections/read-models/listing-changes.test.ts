import { test } from 'node:test';
import type { ListingEvent } from '../../../domain/listing/index.ts';
import listingChanges from '../../../projections/listing-changes/projection.ts';
import { eventId, occurredAt, positionOf, recordedAt, specification } from '../support/specification.ts';

const { given } = specification(listingChanges, 'listing');

const enteredAs = (standardStatus: 'Active' | 'Incomplete' | 'Coming Soon', listPrice?: number): ListingEvent => ({
  type: 'ListingEntered',
  data: { listingKey: '1', standardStatus, listPrice },
});
const entered = enteredAs('Active', 525_000);
const priceTo = (listPrice: number | null): ListingEvent => ({
  type: 'ListPriceChanged',
  data: { listPrice, previousListPrice: 525_000 },
});
const statusTo = (
  standardStatus: 'Active' | 'Pending' | 'Delete',
  previousStandardStatus: 'Active' | 'Pending' | 'Coming Soon' | 'Incomplete',
): ListingEvent => ({ type: 'StandardStatusChanged', data: { standardStatus, previousStandardStatus } });

/** The change that the nth event makes, from 0. */
const change = (index: number, values: object) => ({
  position: positionOf(index),
  listingKey: '1',
  standardStatus: 'Active',
  occurredAt,
  recordedAt: recordedAt(index),
  eventId: eventId(index),
  ...values,
});
const newListing = change(0, { changeType: 'New Listing', listPrice: 525_000 });

test('an active listing that is entered is a new listing', async () => {
  await given([entered]).then('listing_changes', [newListing]);
});

test('a listing can be entered without a price', async () => {
  await given([enteredAs('Coming Soon')]).then('listing_changes', [
    change(0, { changeType: 'Coming Soon', standardStatus: 'Coming Soon' }),
  ]);
});

test('an incomplete listing is not a change in the market', async () => {
  await given([enteredAs('Incomplete', 525_000)]).then('listing_changes', []);
});

test('a price change has the price before and after', async () => {
  await given([entered, priceTo(499_900.5)]).then('listing_changes', [
    newListing,
    change(1, {
      changeType: 'Price Change',
      listPrice: 499_900.5,
      previousListPrice: 525_000,
      previousStandardStatus: 'Active',
    }),
  ]);
});

test('a price that is taken away is not a change in the market, but the next one is compared with none', async () => {
  await given([entered, priceTo(null), priceTo(510_000)]).then('listing_changes', [
    newListing,
    change(2, { changeType: 'Price Change', listPrice: 510_000, previousStandardStatus: 'Active' }),
  ]);
});

test('a sale that falls through puts the listing back on the market', async () => {
  await given([entered, statusTo('Pending', 'Active'), statusTo('Active', 'Pending')]).then('listing_changes', [
    newListing,
    change(1, {
      changeType: 'Pending',
      standardStatus: 'Pending',
      previousStandardStatus: 'Active',
      listPrice: 525_000,
      previousListPrice: 525_000,
    }),
    change(2, {
      changeType: 'Back On Market',
      previousStandardStatus: 'Pending',
      listPrice: 525_000,
      previousListPrice: 525_000,
    }),
  ]);
});

test('a listing that was coming soon becomes active', async () => {
  await given([enteredAs('Coming Soon', 525_000), statusTo('Active', 'Coming Soon')]).then('listing_changes', [
    change(0, { changeType: 'Coming Soon', standardStatus: 'Coming Soon', listPrice: 525_000 }),
    change(1, {
      changeType: 'Active',
      previousStandardStatus: 'Coming Soon',
      listPrice: 525_000,
      previousListPrice: 525_000,
    }),
  ]);
});

test('a correction is not a change in the market, but the next one is compared with the corrected price', async () => {
  const corrected: ListingEvent = { type: 'ListingDetailsCorrected', data: { changes: { listPrice: 535_000 } } };
  await given([entered, corrected]).then('listing_changes', [newListing]);
  await given([entered, corrected, priceTo(530_000)]).then('listing_changes', [
    newListing,
    change(2, {
      changeType: 'Price Change',
      listPrice: 530_000,
      previousListPrice: 535_000,
      previousStandardStatus: 'Active',
    }),
  ]);
});

const unseen: readonly ListingEvent[] = [
  { type: 'ListingMediaChanged', data: { photosCount: 12 } },
  { type: 'ListAgentChanged', data: { listAgentKey: 'a2' } },
  { type: 'ListingMerged', data: { legacyIds: ['properties/2'] } },
  { type: 'ListingSplit', data: { legacyIds: ['properties/2'], listingKeys: ['2'] } },
  { type: 'ListingSplitFrom', data: { listingKey: '2' } },
  { type: 'ListingMergedInto', data: { listingKey: '2' } },
];
for (const event of unseen) {
  test(`${event.type} is not a change in the market`, async () => {
    await given([entered, event]).then('listing_changes', [newListing]);
  });
}

test('a change of a listing that was never entered is parked', async () => {
  await given([priceTo(500_000)]).thenParked('ListPriceChanged of a record that has no ListingEntered');
});
