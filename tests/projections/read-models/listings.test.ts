import { test } from 'node:test';
import type { ListingEvent } from '../../../domain/listing/index.ts';
import listings from '../../../projections/listings/projection.ts';
import { occurredAt, specification } from '../support/specification.ts';

const { given } = specification(listings, 'listing');

const entered = {
  type: 'ListingEntered',
  data: {
    listingKey: '1',
    listingId: 'RX-10812345',
    standardStatus: 'Active',
    listPrice: 525_000,
    city: 'Boca Raton',
    livingArea: 1850.5,
    latitude: 26.3587,
    internetAddressDisplayYN: false,
    features: ['Pool', 'Lake view'],
    photosCount: 1,
    media: [{ mediaURL: 'https://photos.example.com/1.jpg' }],
    listAgentKey: 'a1',
    legacyIds: ['properties/1'],
  },
} satisfies ListingEvent;
const home = { ...entered.data, enteredAt: occurredAt };
const mergedInto: ListingEvent = { type: 'ListingMergedInto', data: { listingKey: '2' } };

test('a listing that is entered has a row with everything known of it', async () => {
  await given([entered]).then('listings', [home]);
});

test('a price change sets the new price and the previous one', async () => {
  await given([entered, { type: 'ListPriceChanged', data: { listPrice: 499_900.5, previousListPrice: 525_000 } }]).then(
    'listings',
    [{ ...home, listPrice: 499_900.5, previousListPrice: 525_000 }],
  );
});

test('a price that is taken away leaves the previous one', async () => {
  await given([entered, { type: 'ListPriceChanged', data: { listPrice: null, previousListPrice: 525_000 } }]).then(
    'listings',
    [{ ...home, listPrice: null, previousListPrice: 525_000 }],
  );
});

test('a closing sets the status with the close price and date', async () => {
  const closing = { standardStatus: 'Closed', closePrice: 515_000, closeDate: '2026-03-31' } as const;
  await given([
    entered,
    { type: 'StandardStatusChanged', data: { ...closing, previousStandardStatus: 'Active' } },
  ]).then('listings', [{ ...home, ...closing }]);
});

test('a change of pictures replaces all of them', async () => {
  const pictures = {
    media: [{ mediaURL: 'https://photos.example.com/2.jpg', shortDescription: 'Pool' }],
    photosCount: 12,
  };
  await given([entered, { type: 'ListingMediaChanged', data: pictures }]).then('listings', [{ ...home, ...pictures }]);
});

test('a listing can lose its agent', async () => {
  await given([entered, { type: 'ListAgentChanged', data: { listAgentKey: null } }]).then('listings', [
    { ...home, listAgentKey: null },
  ]);
});

test('a correction changes the price without a previous one', async () => {
  const changes = { listPrice: 530_000, city: null, bedroomsTotal: 3, associationFee: 0 };
  await given([entered, { type: 'ListingDetailsCorrected', data: { changes } }]).then('listings', [
    { ...home, ...changes },
  ]);
});

test('a merge adds the legacy ids that are new', async () => {
  await given([
    entered,
    { type: 'ListingMerged', data: { legacyIds: ['properties/1', 'properties/2'], listingKeys: ['2'] } },
  ]).then('listings', [{ ...home, legacyIds: ['properties/1', 'properties/2'] }]);
});

test('a split takes the legacy ids of the other home away', async () => {
  await given([
    entered,
    { type: 'ListingMerged', data: { legacyIds: ['properties/2'] } },
    { type: 'ListingSplit', data: { legacyIds: ['properties/1'], listingKeys: ['2'] } },
  ]).then('listings', [{ ...home, legacyIds: ['properties/2'] }]);
});

test('a listing merged into another has no row', async () => {
  await given([entered, mergedInto]).then('listings', []);
});

test('a listing that was merged and is split from the other again has its row back', async () => {
  const fields = { listingId: 'RX-10812345', standardStatus: 'Pending', listPrice: 510_000 } as const;
  await given([
    entered,
    mergedInto,
    { type: 'ListingSplitFrom', occurredAt: '2026-03-31T09:00:00.000Z', data: { listingKey: '2', fields } },
  ]).then('listings', [{ listingKey: '1', ...fields, enteredAt: '2026-03-31T09:00:00.000Z' }]);
});

test('a listing entered as a split from another keeps the row it was entered with', async () => {
  await given([entered, { type: 'ListingSplitFrom', data: { listingKey: '2' } }]).then('listings', [home]);
});

test('an event of a listing that was never entered is parked', async () => {
  await given([{ type: 'ListAgentChanged', data: { listAgentKey: 'a1' } }]).thenParked(
    'ListAgentChanged of a record that has no ListingEntered',
  );
});
