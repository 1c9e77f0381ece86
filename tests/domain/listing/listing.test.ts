import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { changeTypeOf, type ListingEvent, listing } from '../../../domain/listing/index.ts';
import type { ChangeType, StandardStatus } from '../../../domain/reso.ts';
import { standardStatuses } from '../../../domain/reso.ts';
import { specification } from '../support/specification.ts';

const { given } = specification(listing);

const fields = {
  listingId: 'RX-11017265',
  standardStatus: 'Active',
  listPrice: 525_000,
  unparsedAddress: '12 Ocean Blvd, Boca Raton, FL 33432',
  city: 'Boca Raton',
  legacyIds: ['properties/1'],
} as const;
const entered: ListingEvent = {
  type: 'ListingEntered',
  data: { listingKey: 'l1', ...fields, legacyIds: [...fields.legacyIds] },
};
const record = (wanted: object) => ({ type: 'RecordListing', listingKey: 'l1', fields: wanted }) as const;
const correct = (changes: object) => ({ type: 'CorrectListing', changes }) as const;

suite('a new listing', () => {
  test('is entered with all known fields, and without empty ones', () => {
    given([])
      .when(record({ ...fields, yearBuilt: null, features: [], mlsStatus: undefined }))
      .then([entered]);
  });

  test('needs a status', () => {
    given([])
      .when(record({ ...fields, standardStatus: null }))
      .thenRejected('status-missing', 'standardStatus');
  });

  test('needs an MLS number or an address', () => {
    const nameless = { ...fields, listingId: null, unparsedAddress: null };
    given([]).when(record(nameless)).thenRejected('identity-missing', 'listingId');
    const { listPrice: _, ...addressOnly } = { ...fields, listingId: undefined };
    given([])
      .when(record(addressOnly))
      .thenState((state) => assert.equal(state.fields.unparsedAddress, fields.unparsedAddress));
  });

  test('cannot be corrected', () => {
    given([])
      .when(correct({ city: 'Delray Beach' }))
      .thenRejected('listing-unknown');
  });
});

suite('a source that reports a listing again', () => {
  test('changes nothing when nothing differs, even if fields are missing', () => {
    given([entered]).when(record(fields)).then([]);
    given([entered])
      .when(record({ city: 'Boca Raton' }))
      .then([]);
  });

  test('a lower price is a price change that remembers the one before', () => {
    given([entered])
      .when(record({ listPrice: 499_000 }))
      .then([{ type: 'ListPriceChanged', data: { listPrice: 499_000, previousListPrice: 525_000 } }]);
    given([entered])
      .when(record({ listPrice: 499_000 }))
      .thenState((state) => assert.equal(state.previousListPrice, 525_000));
  });

  test('a price can disappear and come back', () => {
    const gone: ListingEvent = { type: 'ListPriceChanged', data: { listPrice: null, previousListPrice: 525_000 } };
    given([entered])
      .when(record({ listPrice: null }))
      .then([gone]);
    given([entered, gone])
      .when(record({ listPrice: 525_000 }))
      .then([{ type: 'ListPriceChanged', data: { listPrice: 525_000, previousListPrice: null } }]);
  });

  test('a sale carries its close price and date', () => {
    given([entered])
      .when(record({ standardStatus: 'Closed', closePrice: 510_000, closeDate: '2026-03-31', yearBuilt: 1987 }))
      .then([
        {
          type: 'StandardStatusChanged',
          data: {
            standardStatus: 'Closed',
            previousStandardStatus: 'Active',
            closePrice: 510_000,
            closeDate: '2026-03-31',
          },
        },
        { type: 'ListingDetailsCorrected', data: { changes: { yearBuilt: 1987 } } },
      ]);
  });

  test('a close price that comes later is a detail', () => {
    given([entered])
      .when(record({ closePrice: 510_000 }))
      .then([{ type: 'ListingDetailsCorrected', data: { changes: { closePrice: 510_000 } } }]);
  });

  test('price and status together are two events, price first', () => {
    given([entered])
      .when(record({ listPrice: 500_000, standardStatus: 'Pending' }))
      .then([
        { type: 'ListPriceChanged', data: { listPrice: 500_000, previousListPrice: 525_000 } },
        { type: 'StandardStatusChanged', data: { standardStatus: 'Pending', previousStandardStatus: 'Active' } },
      ]);
  });

  test('pictures, agent and merged documents are events of their own', () => {
    const media = [{ mediaURL: 'https://photos.example/1.jpg' }];
    given([entered])
      .when(
        record({ media, photosCount: 1, listAgentKey: 'a1', legacyIds: ['properties/1', 'properties/2'], city: null }),
      )
      .then([
        { type: 'ListingMediaChanged', data: { media, photosCount: 1 } },
        { type: 'ListAgentChanged', data: { listAgentKey: 'a1' } },
        { type: 'ListingDetailsCorrected', data: { changes: { city: null } } },
        { type: 'ListingMerged', data: { legacyIds: ['properties/2'] } },
      ]);
  });

  test('an unreadable status leaves the one we have', () => {
    given([entered])
      .when(record({ standardStatus: null }))
      .then([]);
  });

  test('cannot remove both MLS number and address', () => {
    given([entered])
      .when(record({ listingId: null, unparsedAddress: null }))
      .thenRejected('identity-required', 'listingId');
    given([entered])
      .when(record({ listingId: null }))
      .then([{ type: 'ListingDetailsCorrected', data: { changes: { listingId: null } } }]);
  });
});

suite('a correction', () => {
  test('records the correct values without a change on the market', () => {
    const corrected: ListingEvent = {
      type: 'ListingDetailsCorrected',
      data: { changes: { listPrice: 535_000, standardStatus: 'Pending' } },
    };
    given([entered])
      .when(correct({ listPrice: 535_000, standardStatus: 'Pending', city: 'Boca Raton' }))
      .then([corrected]);
    assert.equal(changeTypeOf(corrected), null);
  });

  test('changes nothing when the value is already correct', () => {
    given([entered])
      .when(correct({ city: 'Boca Raton', yearBuilt: null }))
      .then([]);
  });

  test('cannot remove the status, or both MLS number and address', () => {
    given([entered])
      .when(correct({ standardStatus: null }))
      .thenRejected('status-required', 'standardStatus');
    given([entered])
      .when(correct({ listingId: null, unparsedAddress: null }))
      .thenRejected('identity-required', 'listingId');
  });
});

suite('the change type of a listing event', () => {
  const moved = (previousStandardStatus: StandardStatus, standardStatus: StandardStatus): ListingEvent => ({
    type: 'StandardStatusChanged',
    data: { standardStatus, previousStandardStatus },
  });
  const table: [ListingEvent, ChangeType | null][] = [
    [entered, 'New Listing'],
    [{ type: 'ListingEntered', data: { listingKey: 'l2', standardStatus: 'Coming Soon' } }, 'Coming Soon'],
    [{ type: 'ListingEntered', data: { listingKey: 'l2', standardStatus: 'Incomplete' } }, null],
    [{ type: 'ListPriceChanged', data: { listPrice: 1, previousListPrice: null } }, 'Price Change'],
    [{ type: 'ListPriceChanged', data: { listPrice: null, previousListPrice: 1 } }, null],
    [moved('Active', 'Pending'), 'Pending'],
    [moved('Pending', 'Active'), 'Back On Market'],
    [moved('Closed', 'Active'), 'Back On Market'],
    [moved('Active Under Contract', 'Active'), 'Back On Market'],
    [moved('Coming Soon', 'Active'), 'Active'],
    [moved('Incomplete', 'Active'), 'Active'],
    [moved('Active', 'Delete'), 'Deleted'],
    [{ type: 'ListAgentChanged', data: { listAgentKey: 'a1' } }, null],
    [{ type: 'ListingMediaChanged', data: { photosCount: 3 } }, null],
    [{ type: 'ListingMerged', data: { legacyIds: ['properties/2'] } }, null],
  ];
  for (const [event, expected] of table) {
    test(`${event.type} ${JSON.stringify(event.data).slice(0, 80)}: ${expected ?? 'nothing'}`, () => {
      assert.equal(changeTypeOf(event), expected);
    });
  }

  test('every status except Incomplete is a change on the market', () => {
    const silent = standardStatuses.filter((to) => changeTypeOf(moved('Coming Soon', to)) === null);
    assert.deepEqual(silent, ['Incomplete']);
  });
});

suite('a listing that turns out to be two homes', () => {
  const merged: ListingEvent = { type: 'ListingMerged', data: { legacyIds: ['properties/2'], listingKeys: ['l2'] } };
  const split: ListingEvent = { type: 'ListingSplit', data: { legacyIds: ['properties/2'], listingKeys: ['l2'] } };
  const ended: ListingEvent = { type: 'ListingMergedInto', data: { listingKey: 'l2' } };

  test('is recorded once, and the values that change without the others are a correction', () => {
    const command = {
      type: 'SplitListing',
      legacyIds: ['properties/2'],
      listingKeys: ['l2'],
      fields: { listPrice: 7 },
    } as const;
    const corrected: ListingEvent = { type: 'ListingDetailsCorrected', data: { changes: { listPrice: 7 } } };
    given([entered, merged]).when(command).then([split, corrected]);
    given([entered, merged, split, corrected]).when(command).then([]);
  });

  test('continues as it was when it ended; changes since then are a correction too', () => {
    const { listingKey: _, ...before } = entered.data;
    given([entered, ended])
      .when({ ...record({ listPrice: 7 }), splitFromListingKey: 'l2' })
      .then([
        { type: 'ListingSplitFrom', data: { listingKey: 'l2', fields: before } },
        { type: 'ListingDetailsCorrected', data: { changes: { listPrice: 7 } } },
      ]);
  });
});

suite('a listing that turns out to be another one', () => {
  const ended: ListingEvent = { type: 'ListingMergedInto', data: { listingKey: 'l2' } };

  test('ends with an event that names the other, and accepts no more commands', () => {
    given([entered]).when({ type: 'MergeListingInto', listingKey: 'l2' }).then([ended]);
    given([entered, ended]).when({ type: 'MergeListingInto', listingKey: 'l2' }).then([]);
    given([entered, ended]).when({ type: 'MergeListingInto', listingKey: 'l3' }).thenRejected('listing-merged');
    given([entered, ended])
      .when(record({ city: 'Stuart' }))
      .thenRejected('listing-merged');
    given([entered, ended])
      .when(correct({ city: 'Stuart' }))
      .thenRejected('listing-merged');
    given([entered]).when({ type: 'MergeListingInto', listingKey: 'l1' }).thenRejected('listing-same');
    given([]).when({ type: 'MergeListingInto', listingKey: 'l2' }).thenRejected('listing-unknown');
  });

  test('is recorded on the other one, once', () => {
    const merged: ListingEvent = { type: 'ListingMerged', data: { legacyIds: [], listingKeys: ['l0'] } };
    const told = { ...record(fields), mergedListingKeys: ['l0'] };
    given([entered]).when(told).then([merged]);
    given([entered, merged]).when(told).then([]);
  });
});
