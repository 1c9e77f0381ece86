import { type RawBuilder, sql } from 'kysely';

/**
 * The outbox's key of an offer's message, of which there is one for each agent it was made to: `lead-offer/<offerKey>`
 * (messages of early releases, too), or `lead-offer/<offerKey>/<memberKey>` for an offer to several.
 */
export const offerDedupeKey = (offerKey: string, memberKey: string, offeredTo: number): string =>
  offeredTo === 1 ? `lead-offer/${offerKey}` : `lead-offer/${offerKey}/${memberKey}`;

/** The offer of a message, from its key. */
export const offerKeyOf = (dedupeKey: RawBuilder<unknown>): RawBuilder<string> => sql`split_part(${dedupeKey}, '/', 2)`;
