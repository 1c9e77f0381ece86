import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { dateSchema, keySchema, legacyIdsSchema, moneySchema, nameSchema } from '../values.ts';
import { listingFieldsSchema, mediaSchema } from './schema.ts';

const { standardStatus } = listingFieldsSchema.shape;

/** A home became known to us, with all that was known of it then. */
const listingEntered = defineEvent(
  'ListingEntered',
  listingFieldsSchema.partial().extend({ listingKey: keySchema, standardStatus }),
);

/** The asking price changed in the market (a wrong price put right is a `ListingDetailsCorrected`). */
const listPriceChanged = defineEvent(
  'ListPriceChanged',
  z.object({ listPrice: moneySchema.nullable(), previousListPrice: moneySchema.nullable() }),
);

/** The listing moved through the market: went active, pending, closed (with its close price and date), … */
const standardStatusChanged = defineEvent(
  'StandardStatusChanged',
  z.object({
    standardStatus,
    previousStandardStatus: standardStatus,
    mlsStatus: nameSchema.nullable().optional(),
    closePrice: moneySchema.nullable().optional(),
    closeDate: dateSchema.nullable().optional(),
    onMarketDate: dateSchema.nullable().optional(),
  }),
);

/** Other pictures, or another number of them. */
const listingMediaChanged = defineEvent(
  'ListingMediaChanged',
  z.object({
    media: z.array(mediaSchema).nullable().optional(),
    photosCount: z.number().int().min(0).nullable().optional(),
  }),
);

/** Another agent has the listing, or (`null`) none that we know. */
const listAgentChanged = defineEvent('ListAgentChanged', z.object({ listAgentKey: keySchema.nullable() }));

/** What we had recorded was wrong or incomplete; `changes` holds the fields as they are right, `null` for empty. */
const listingDetailsCorrected = defineEvent(
  'ListingDetailsCorrected',
  z.object({ changes: changesSchema(listingFieldsSchema.omit({ legacyIds: true })) }),
);

/** Other legacy documents turned out to be this same home; `listingKeys` were listings of their own until then. */
const listingMerged = defineEvent(
  'ListingMerged',
  z.object({ legacyIds: legacyIdsSchema, listingKeys: z.array(keySchema).optional() }),
);

/** Some of its documents turned out to be other homes; `listingKeys` are the listings where those go on. */
const listingSplit = defineEvent(
  'ListingSplit',
  z.object({ legacyIds: legacyIdsSchema, listingKeys: z.array(keySchema) }),
);

/**
 * This turned out to be another home than `listingKey`, of which it had been a part. A listing that had ended there goes on, with
 * `fields` as they were then.
 */
const listingSplitFrom = defineEvent(
  'ListingSplitFrom',
  z.object({ listingKey: keySchema, fields: listingFieldsSchema.partial().optional() }),
);

/** This turned out to be the same home as another listing, where it goes on. Only `ListingSplitFrom` can follow. */
const listingMergedInto = defineEvent('ListingMergedInto', z.object({ listingKey: keySchema }));

export const listingEvents = [
  listingEntered,
  listPriceChanged,
  standardStatusChanged,
  listingMediaChanged,
  listAgentChanged,
  listingDetailsCorrected,
  listingMerged,
  listingSplit,
  listingSplitFrom,
  listingMergedInto,
] as const;

export type ListingEvent = EventOf<typeof listingEvents>;
