import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { holdsOf, isActiveDocument } from './held-documents.ts';

/**
 * Saved searches on file with something that was not understood completely: the active ones, in all and by reason code, and how many
 * more are switched off. What people have corrected in openhouse is counted as the old CRM has it.
 */
export type OnHoldReport = {
  readonly searches: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly switchedOff: number;
};

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
  const { rows } = await sql<{ code: string | null; active: boolean; searches: number }>`
    select hold.code, active, count(distinct legacy_id)::int as searches
    from ops.import_document, lateral ${holdsOf} as hold, lateral (select ${isActiveDocument} as active) as switched
    where collection = 'savedsearches' and record_key is not null
    group by grouping sets ((hold.code, active), (active)) order by 3 desc, 1`.execute(db);
  const all = (active: boolean) => rows.find((row) => row.code === null && row.active === active)?.searches ?? 0;
  return {
    searches: all(true),
    byReason: Object.fromEntries(
      rows.flatMap(({ code, active, searches }) => (code === null || !active ? [] : [[code, searches]])),
    ),
    switchedOff: all(false),
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
