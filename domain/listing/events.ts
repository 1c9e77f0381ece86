import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { dateSchema, keySchema, legacyIdsSchema, moneySchema, nameSchema } from '../values.ts';
import { listingFieldsSchema, mediaSchema } from './schema.ts';

const { standardStatus } = listingFieldsSchema.shape;

/** A home was listed; has everything that was known of it then. */
const listingEntered = defineEvent(
  'ListingEntered',
  listingFieldsSchema.partial().extend({ listingKey: keySchema, standardStatus }),
);

/** The asking price changed on the market (correcting a wrong price is a `ListingDetailsCorrected`). */
const listPriceChanged = defineEvent(
  'ListPriceChanged',
  z.object({ listPrice: moneySchema.nullable(), previousListPrice: moneySchema.nullable() }),
);

/** The listing's status changed on the market: active, pending, closed (with its close price and date), … */
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

/** The pictures or their number changed. */
const listingMediaChanged = defineEvent(
  'ListingMediaChanged',
  z.object({
    media: z.array(mediaSchema).nullable().optional(),
    photosCount: z.number().int().min(0).nullable().optional(),
  }),
);

/** Another agent has the listing, or (`null`) no agent that we know of. */
const listAgentChanged = defineEvent('ListAgentChanged', z.object({ listAgentKey: keySchema.nullable() }));

/** Something on record was wrong or incomplete; `changes` has the right values, `null` for empty. */
const listingDetailsCorrected = defineEvent(
  'ListingDetailsCorrected',
  z.object({ changes: changesSchema(listingFieldsSchema.omit({ legacyIds: true })) }),
);

/** Other legacy documents turned out to be about the same home; `listingKeys` were separate listings until then. */
const listingMerged = defineEvent(
  'ListingMerged',
  z.object({ legacyIds: legacyIdsSchema, listingKeys: z.array(keySchema).optional() }),
);

/** Some of its documents turned out to be other homes; `listingKeys` are the listings that continue them. */
const listingSplit = defineEvent(
  'ListingSplit',
  z.object({ legacyIds: legacyIdsSchema, listingKeys: z.array(keySchema) }),
);

/**
 * This turned out to be a different home from `listingKey`, with which it had been merged. If the listing had ended
 * with that merge, it continues with `fields` as they were then.
 */
const listingSplitFrom = defineEvent(
  'ListingSplitFrom',
  z.object({ listingKey: keySchema, fields: listingFieldsSchema.partial().optional() }),
);

/** This turned out to be the same home as another listing, which continues. Only `ListingSplitFrom` can follow. */
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
