import { type RawBuilder, sql } from 'kysely';

/** SQL on a row of `read.saved_searches`: `isActiveSearch` of domain/saved-search/active.ts. */
export const isActiveSearchRow: RawBuilder<boolean> = sql<boolean>`(active_yn is distinct from false)`;

/** SQL on a row of `read.saved_searches`: its buyer is waiting, and is sent nothing until a person has corrected the search. */
export const isHeldRow: RawBuilder<boolean> = sql<boolean>`(on_hold_yn and ${isActiveSearchRow})`;
