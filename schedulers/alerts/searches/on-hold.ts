import { type QueryExecutorProvider, sql } from 'kysely';
import { isHeldRow } from '../../../projections/saved-searches/active-search.ts';
import { holdReasonWords } from './hold-words.ts';

export type OnHold = { readonly searches: number; readonly byReason: Readonly<Record<string, number>> };

/** The active saved searches that are on hold; one with several reasons counts for each. */
export const countOnHold = async (db: QueryExecutorProvider): Promise<OnHold> => {
  const { rows } = await sql<{ code: string | null; searches: number }>`
    select reason ->> 'code' as code, count(distinct saved_search_key)::int as searches
    from read.saved_searches, jsonb_array_elements(hold_reasons) as held (reason)
    where ${isHeldRow}
    group by grouping sets ((reason ->> 'code'), ()) order by 2 desc, 1`.execute(db);
  const byReason: Record<string, number> = {};
  let searches = 0;
  for (const row of rows) {
    if (row.code === null) searches = row.searches;
    else byReason[holdReasonWords({ code: row.code })] = row.searches;
  }
  return { searches, byReason };
};
