import { changeTypeOf } from '../../domain/listing/change-type.ts';
import type { ListingEvent } from '../../domain/listing/index.ts';
import { type Projection, type Row, recordKey } from '../projection.ts';

/** What a change needs to be told from: the listing's price and status, and what they were before. */
type Market = { readonly listPrice: unknown; readonly standardStatus: unknown };

const eventTypes: readonly ListingEvent['type'][] = [
  'ListingEntered',
  'ListPriceChanged',
  'StandardStatusChanged',
  'ListingDetailsCorrected',
];

const marketAfter = (event: ListingEvent, before: Market): Market => {
  switch (event.type) {
    case 'ListingEntered':
      return { listPrice: event.data.listPrice ?? null, standardStatus: event.data.standardStatus };
    case 'ListPriceChanged':
      return { ...before, listPrice: event.data.listPrice };
    case 'StandardStatusChanged':
      return { ...before, standardStatus: event.data.standardStatus };
    case 'ListingDetailsCorrected': {
      const { listPrice = before.listPrice, standardStatus = before.standardStatus } = event.data.changes;
      return { listPrice, standardStatus };
    }
    default:
      return before;
  }
};

/**
 * `read.listing_changes`: the feed that alerts read, one row for each thing that happened to a listing in the market
 * (RESO ChangeType), in the order of `$all`. A correction is none, but the next change is told from what it put right.
 */
const listingChanges = {
  name: 'listing_changes',
  version: 1,
  categories: ['listing'],
  eventTypes,
  tables: {
    listing_changes: {
      columns: {
        position: 'bigint',
        listingKey: 'text',
        changeType: 'text',
        listPrice: 'numeric(14,2)',
        previousListPrice: 'numeric(14,2)',
        standardStatus: 'text',
        previousStandardStatus: 'text',
        occurredAt: 'timestamptz',
        recordedAt: 'timestamptz',
        eventId: 'text',
      },
      key: ['position', 'listingKey'],
      record: 'listingKey',
      indexes: [{ columns: ['listingKey', 'position'] }],
    },
    market: {
      columns: { listingKey: 'text', listPrice: 'numeric(14,2)', standardStatus: 'text' },
      key: ['listingKey'],
      record: 'listingKey',
      internal: true,
    },
  },
  handle(stored, rows) {
    const event = stored.event as ListingEvent;
    const listingKey = recordKey(stored.streamName);
    const known = rows.get('market');
    if (known === undefined && event.type !== 'ListingEntered') {
      throw new Error(`${event.type} of a record that has no ListingEntered`);
    }
    const before: Market = { listPrice: known?.listPrice ?? null, standardStatus: known?.standardStatus ?? null };
    const after = marketAfter(event, before);
    const changeType = changeTypeOf(event);
    if (changeType !== null) {
      const change: Row = {
        position: Number(stored.position.commit),
        listingKey,
        changeType,
        listPrice: after.listPrice,
        previousListPrice: before.listPrice,
        standardStatus: after.standardStatus,
        previousStandardStatus: before.standardStatus,
        occurredAt: stored.metadata.occurredAt,
        recordedAt: stored.created.toISOString(),
        eventId: stored.id,
      };
      rows.put('listing_changes', change);
    }
    if (known === undefined || after.listPrice !== before.listPrice || after.standardStatus !== before.standardStatus) {
      rows.put('market', { listingKey, ...after });
    }
  },
} as const satisfies Projection;

export default listingChanges;
