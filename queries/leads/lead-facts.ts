import { type QueryExecutorProvider, sql } from 'kysely';
import type { HoldReason } from '../../domain/saved-search/index.ts';
import { holdReasonWords } from '../../schedulers/alerts/searches/hold-words.ts';
import { isOptedOutAddress } from '../../schedulers/opted-out-address.ts';
import { ifThere } from '../tables/if-there.ts';

/** A saved search of a lead, and why it sends nothing, if so. */
export type SearchFacts = {
  readonly savedSearchKey: string;
  readonly name: string;
  readonly activeYN: boolean;
  readonly reasonActiveOrDisabled: string | null;
  readonly holdReasons: readonly { readonly words: string; readonly found: string }[];
};

/** What a person must know before contacting a lead. */
export type LeadFacts = {
  /** `null`: e-mail is allowed. */
  readonly optOut: 'this person opted out' | 'somebody with this e-mail address opted out' | null;
  readonly searches: readonly SearchFacts[];
};

const shown = 50;

/** @returns `null` if the read models do not have the lead */
export const readLeadFacts = async (db: QueryExecutorProvider, contactKey: string): Promise<LeadFacts | null> => {
  const { rows } = await ifThere(
    sql<{ emailOptOut: boolean | null; addressOptOut: boolean }>`
      select email_opt_out as "emailOptOut", ${isOptedOutAddress(sql`lead.email`)} as "addressOptOut"
      from read.leads as lead where contact_key = ${contactKey}`.execute(db),
    { rows: [] },
  );
  const [lead] = rows;
  if (lead === undefined) return null;
  return {
    optOut: lead.emailOptOut
      ? 'this person opted out'
      : lead.addressOptOut
        ? 'somebody with this e-mail address opted out'
        : null,
    searches: await readSearches(db, sql`contact_key = ${contactKey}`),
  };
};

/** The saved search, in a list; empty if the read models do not have it. */
export const readSearchFacts = async (
  db: QueryExecutorProvider,
  savedSearchKey: string,
): Promise<readonly SearchFacts[]> => await readSearches(db, sql`saved_search_key = ${savedSearchKey}`);

/** A saved search on hold, and whose it is. */
export type HeldSearch = SearchFacts & { readonly contactKey: string | null; readonly leadName: string | null };

/** The active saved searches on hold, oldest first, at most `limit` of them. */
export const readHeldSearches = async (db: QueryExecutorProvider, limit: number): Promise<readonly HeldSearch[]> =>
  await readSearches<HeldSearch>(
    db,
    sql`on_hold_yn and active_yn is distinct from false`,
    limit,
    sql`, contact_key as "contactKey",
      (select coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email, mobile_phone)
       from read.leads as lead where lead.contact_key = search.contact_key) as "leadName"`,
  );

const readSearches = async <Facts extends SearchFacts>(
  db: QueryExecutorProvider,
  which: ReturnType<typeof sql>,
  limit = shown,
  more = sql``,
): Promise<readonly Facts[]> => {
  const { rows } = await ifThere(
    sql<Omit<Facts, 'holdReasons'> & { holdReasons: readonly HoldReason[] | null }>`
      select saved_search_key as "savedSearchKey", coalesce(saved_search_name, 'Saved search') as name,
        active_yn is distinct from false as "activeYN", reason_active_or_disabled as "reasonActiveOrDisabled",
        case when on_hold_yn then hold_reasons end as "holdReasons"${more}
      from read.saved_searches as search where ${which}
      order by created_at, saved_search_key limit ${limit}`.execute(db),
    { rows: [] },
  );
  return rows.map(
    (row) =>
      ({
        ...row,
        holdReasons: (row.holdReasons ?? []).map((reason) => ({ words: holdReasonWords(reason), found: reason.found })),
      }) as unknown as Facts,
  );
};
