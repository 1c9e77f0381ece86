import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';

/** Saved searches on file with something that was not understood completely, by reason code. */
export type OnHoldReport = { readonly searches: number; readonly byReason: Readonly<Record<string, number>> };

/**
 * Who may not be e-mailed.
 * - `optedOut`: people who opted out in any document, as the number of documents and addresses concerned
 * - `unclear`: documents on file whose consent could not be understood; they count as opted out
 */
export type ConsentReport = {
  readonly optedOutDocuments: number;
  readonly optedOutAddresses: number;
  readonly unclear: number;
};

export const onHoldReport = async (db: AnyDatabase): Promise<OnHoldReport> => {
  const { rows } = await sql<{ code: string | null; searches: number }>`
    select reason ->> 'code' as code, count(distinct legacy_id)::int as searches
    from ops.import_document, json_array_elements(payload -> 'holdReasons') as held (reason)
    where collection = 'savedsearches' and record_key is not null
    group by grouping sets ((reason ->> 'code'), ()) order by 2 desc, 1`.execute(db);
  return {
    searches: rows.find(({ code }) => code === null)?.searches ?? 0,
    byReason: Object.fromEntries(rows.flatMap(({ code, searches }) => (code === null ? [] : [[code, searches]]))),
  };
};

export const consentReport = async (db: AnyDatabase): Promise<ConsentReport> => {
  const { rows } = await sql<ConsentReport>`
    select count(*) filter (where starts_with(identity, 'id:'))::int as opted_out_documents,
      count(*) filter (where starts_with(identity, 'email:'))::int as opted_out_addresses,
      (select count(*)::int from ops.import_document
        where collection = 'contacts' and 'emailOptOut opt-out-unclear' = any (warnings)) as unclear
    from ops.import_opt_out`.execute(camelCased(db));
  return rows[0]!;
};
