import { changeTypeOf } from '../../domain/listing/change-type.ts';
import type { ListingEvent } from '../../domain/listing/index.ts';
import { type Projection, type Row, recordKey } from '../projection.ts';

/** What changes are compared with: the listing's price and status. */
type Market = { readonly listPrice: unknown; readonly standardStatus: unknown };

type Type = ListingEvent['type'];
type MarketAfter<Of extends Type> = (data: Extract<ListingEvent, { type: Of }>['data'], before: Market) => Market;

/** The price and status after each type of event; `null` for types that change neither, which are not read. */
const marketAfter: { readonly [Of in Type]: MarketAfter<Of> | null } = {
  ListingEntered: ({ listPrice = null, standardStatus }) => ({ listPrice, standardStatus }),
  ListPriceChanged: ({ listPrice }, before) => ({ ...before, listPrice }),
  StandardStatusChanged: ({ standardStatus }, before) => ({ ...before, standardStatus }),
  ListingDetailsCorrected: ({ changes }, before) => {
    const { listPrice = before.listPrice, standardStatus = before.standardStatus } = changes;
    return { listPrice, standardStatus };
  },
  ListingMediaChanged: null,
  ListAgentChanged: null,
  ListingMerged: null,
  ListingSplit: null,
  ListingSplitFrom: null,
  ListingMergedInto: null,
};

const eventTypes = (Object.keys(marketAfter) as Type[]).filter((type) => marketAfter[type] !== null);

/**
 * `read.listing_changes`: the feed for alerts, with one row for each change of a listing that matters to the market
 * (RESO ChangeType), in the order of `$all`. A correction is not such a change, but the next change is compared with
 * the corrected values.
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
      appendOnly: true,
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
    const after = (marketAfter[event.type] as MarketAfter<Type>)(event.data, before);
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
