import { type RawBuilder, sql } from 'kysely';

/**
 * SQL on a row of `ops.import_document`: each reason why the saved search is on hold, as rows of `field`, `code` and `found` (text); none for
 * other documents. To be used as `lateral ${holdsOf} as hold`, or as the table of a subquery.
 */
export const holdsOf: RawBuilder<unknown> = sql`(
  select reason ->> 'field' as field, reason ->> 'code' as code, reason ->> 'found' as found
  from json_array_elements(case when collection = 'savedsearches' then payload -> 'holdReasons' end) as given (reason))`;

/** SQL on a row of `ops.import_document`: a saved search with something that was not understood completely. Costs other rows nothing. */
export const isHeldDocument: RawBuilder<boolean> = sql<boolean>`
  (case when collection = 'savedsearches' then coalesce(json_array_length(payload -> 'holdReasons'), 0) > 0 else false end)`;

/** SQL on a row of `ops.import_document` with a saved search: `isActiveSearch` of domain/saved-search/active.ts. */
export const isActiveDocument: RawBuilder<boolean> = sql<boolean>`
  (payload -> 'fields' ->> 'activeYN' is distinct from 'false')`;
