import { type QueryExecutorProvider, sql } from 'kysely';
import { isHeldRow } from '../../../projections/saved-searches/active-search.ts';
import { holdReasonWords } from './hold-words.ts';

/**
 * The active saved searches that are on hold, in all and by reason in words, the most frequent first; one with several reasons counts
 * for each. `switchedOff`: how many more have something that was not understood, but are switched off.
 */
export type OnHold = {
  readonly searches: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly switchedOff: number;
};

export const countOnHold = async (db: QueryExecutorProvider): Promise<OnHold> => {
  const { searches, reasons, switchedOff } = await countHolds(db);
  return {
    searches,
    byReason: Object.fromEntries(reasons.map(({ code, searches }) => [holdReasonWords({ code }), searches])),
    switchedOff,
  };
};

/** The same with the reasons by code. */
export type Holds = Pick<OnHold, 'searches' | 'switchedOff'> & {
  readonly reasons: readonly { readonly code: string; readonly searches: number }[];
};

export const countHolds = async (db: QueryExecutorProvider): Promise<Holds> => {
  const { rows } = await sql<{ code: string | null; held: boolean; searches: number }>`
    select reason ->> 'code' as code, held, count(distinct saved_search_key)::int as searches
    from read.saved_searches, jsonb_array_elements(hold_reasons) as given (reason), lateral (select ${isHeldRow} as held) as is_held
    where on_hold_yn
    group by grouping sets ((reason ->> 'code', held), (held)) order by 3 desc, 1`.execute(db);
  const all = (held: boolean) => rows.find((row) => row.code === null && row.held === held)?.searches ?? 0;
  return {
    searches: all(true),
    reasons: rows.flatMap(({ code, held, searches }) => (code === null || !held ? [] : [{ code, searches }])),
    switchedOff: all(false),
  };
};
