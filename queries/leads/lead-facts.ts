import { type QueryExecutorProvider, sql } from 'kysely';
import type { Criteria, HoldReason } from '../../domain/saved-search/index.ts';
import { isActiveSearchRow, isHeldRow } from '../../projections/saved-searches/active-search.ts';
import { describeCriteria } from '../../schedulers/alerts/searches/describe-criteria.ts';
import { holdReasonWords } from '../../schedulers/alerts/searches/hold-words.ts';
import { isOptedOutAddress } from '../../schedulers/recipients/opted-out-address.ts';
import { camelCased } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import { leadName } from './lead-name.ts';

/** A saved search, whose it is, and why it sends nothing, if so. */
export type SearchFacts = {
  readonly savedSearchKey: string;
  readonly name: string;
  /** What it looks for: `Boca Raton, 3+ beds, up to $500,000`; `null`: not known. */
  readonly looksFor: string | null;
  readonly scheduleType: string | null;
  readonly contactKey: string | null;
  readonly leadName: string | null;
  readonly activeYN: boolean;
  readonly reasonActiveOrDisabled: string | null;
  readonly holdReasons: readonly ShownReason[];
};

/** Why a search is on hold; `found` is as long as what the old CRM says. */
export type ShownReason = { readonly code: string; readonly words: string; readonly found: string };

/** What a person must know before contacting a lead. */
export type LeadFacts = {
  /** `null`: e-mail is allowed. */
  readonly optOut: 'this person opted out' | 'someone with this e-mail address opted out' | null;
  readonly searches: readonly SearchFacts[];
};

const shown = 50;

/** @returns `null` if the read models do not have the lead */
export const readLeadFacts = async (db: QueryExecutorProvider, contactKey: string): Promise<LeadFacts | null> => {
  const { rows } = await ifThere(
    sql<{ emailOptOut: boolean | null; addressOptOut: boolean }>`
      select email_opt_out, ${isOptedOutAddress(sql`lead.email`)} as address_opt_out
      from read.leads as lead where contact_key = ${contactKey}`.execute(camelCased(db)),
    { rows: [] },
  );
  const [lead] = rows;
  if (lead === undefined) return null;
  return {
    optOut: lead.emailOptOut
      ? 'this person opted out'
      : lead.addressOptOut
        ? 'someone with this e-mail address opted out'
        : null,
    searches: await readSearches(db, sql`contact_key = ${contactKey}`),
  };
};

/** The saved search, in a list; empty if the read models do not have it. */
export const readSearchFacts = async (
  db: QueryExecutorProvider,
  savedSearchKey: string,
): Promise<readonly SearchFacts[]> => await readSearches(db, sql`saved_search_key = ${savedSearchKey}`);

/** Which searches on hold: those with a reason of this code, and those after the one with this key. */
export type HeldFilter = { readonly reason?: string | undefined; readonly after?: string | undefined };

/** The active saved searches on hold, oldest first, at most `limit` of them. */
export const readHeldSearches = async (
  db: QueryExecutorProvider,
  limit: number,
  { reason, after }: HeldFilter = {},
): Promise<readonly SearchFacts[]> => {
  const conditions = [
    isHeldRow,
    ...(reason === undefined ? [] : [sql`hold_reasons @> ${JSON.stringify([{ code: reason }])}::jsonb`]),
    ...(after === undefined
      ? []
      : [
          sql`(${began}, saved_search_key) > (select ${began}, saved_search_key from read.saved_searches
            where saved_search_key = ${after})`,
        ]),
  ];
  return await readSearches(db, sql.join(conditions, sql` and `), limit);
};

/** When a search was created; one of which that is not known comes last. */
const began = sql`coalesce(created_at, 'infinity')`;

const readSearches = async (
  db: QueryExecutorProvider,
  which: ReturnType<typeof sql>,
  limit = shown,
): Promise<readonly SearchFacts[]> => {
  const { rows } = await ifThere(
    sql<
      Omit<SearchFacts, 'holdReasons' | 'looksFor'> & {
        holdReasons: readonly HoldReason[] | null;
        criteria: Criteria | null;
      }
    >`
      select saved_search_key, coalesce(saved_search_name, 'Saved search') as name,
        criteria, schedule_type, contact_key, lead.name as lead_name, ${isActiveSearchRow} as active_yn,
        reason_active_or_disabled, case when on_hold_yn then hold_reasons end as hold_reasons
      from read.saved_searches
        left join (select contact_key, ${leadName} as name from read.leads) as lead using (contact_key)
      where ${which} order by ${began}, saved_search_key limit ${limit}`.execute(camelCased(db)),
    { rows: [] },
  );
  return rows.map(({ criteria, ...row }) => ({
    ...row,
    looksFor: criteria === null ? null : describeCriteria(criteria),
    holdReasons: (row.holdReasons ?? []).map(({ code, found }) => ({ code, words: holdReasonWords({ code }), found })),
  }));
};

/** Other opted-out leads with the same address: the person who reads its mail said no. */
export const othersOptedOut = async (db: QueryExecutorProvider, contactKey: string): Promise<readonly string[]> => {
  const { rows } = await sql<{ contact_key: string }>`
    select distinct other.contact_key
    from read.leads as lead
      join read.leads as other on other.email_opt_out and other.contact_key <> lead.contact_key
        and (other.email = lead.email or other.other_emails @> array[lead.email])
    where lead.contact_key = ${contactKey}
    order by 1`.execute(db);
  return rows.map(({ contact_key }) => contact_key);
};
