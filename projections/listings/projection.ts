import { listingFields } from '../../domain/listing/fields.ts';
import type { ListingEvent } from '../../domain/listing/index.ts';
import { columnsOf } from '../columns.ts';
import { recordProjection, removed, union, withFormer, without } from '../record-projection.ts';

/** `read.listings`: the present state of every listing. */
export default recordProjection<ListingEvent>()({
  name: 'listings',
  version: 2,
  category: 'listing',
  key: 'listingKey',
  created: ['ListingEntered', 'ListingSplitFrom'],
  columns: {
    ...columnsOf(listingFields),
    previousListPrice: 'numeric(14,2)',
    formerAddresses: 'text[]',
    enteredAt: 'timestamptz',
  },
  indexes: [
    { columns: ['listingId'] },
    { columns: ['legacyIds'], using: 'gin' },
    { columns: ['city'] },
    { columns: ['postalCode'] },
    { columns: ['listAgentKey'] },
  ],
  handlers: {
    ListingEntered: (data, _row, { metadata }) => ({ ...data, enteredAt: metadata.occurredAt }),
    ListPriceChanged: (data) => data,
    StandardStatusChanged: ({ previousStandardStatus: _, ...fields }) => fields,
    ListingMediaChanged: (data) => data,
    ListAgentChanged: (data) => data,
    ListingDetailsCorrected: ({ changes }, row) => ({
      ...changes,
      formerAddresses: withFormer(row, 'formerAddresses', (row) => row.unparsedAddress, changes.unparsedAddress),
    }),
    ListingMerged: ({ legacyIds }, row) => ({ legacyIds: union(row.legacyIds, legacyIds) }),
    ListingSplit: ({ legacyIds }, row) => ({ legacyIds: without(row.legacyIds, legacyIds) }),
    // Its row was removed when it ended.
    ListingSplitFrom: ({ fields }, _row, { metadata }) =>
      fields === undefined ? {} : { ...fields, enteredAt: metadata.occurredAt },
    ListingMergedInto: () => removed,
  },
});
