import { type RawBuilder, sql } from 'kysely';

/** SQL on a row of `read.listings`: `isDisplayed` of domain/listing/market.ts. */
export const isDisplayedRow: RawBuilder<boolean> = sql<boolean>`(internet_entire_listing_display_yn is distinct from false)`;
