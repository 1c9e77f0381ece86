import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { findKeys } from '../../history/find-record.ts';
import { phoneInWords } from '../../platform/wording/phone-in-words.ts';
import { isActiveSearchRow } from '../../projections/saved-searches/active-search.ts';
import { ifThere } from '../if-there.ts';
import { keysetOf, pageOf } from '../keyset.ts';
import { leadName } from '../leads/lead-name.ts';
import { agentMatches, leadMatches, listingMatches } from './record-matches.ts';

/** A record that was found, as a list of results shows it. */
export type Found = {
  readonly aggregate: RecordName;
  readonly key: string;
  readonly title: string;
  readonly about: string;
};

/** The results of one kind. */
export type FoundOfKind = {
  readonly aggregate: RecordName;
  /** How many there are, however many are listed. */
  readonly total: number;
  readonly rows: readonly Found[];
  /** Give it as `after` for the next page; `null`: there are no more. */
  readonly next: string | null;
};

type Searchable = {
  readonly view: RawBuilder<unknown>;
  readonly key: RawBuilder<unknown>;
  readonly title: RawBuilder<unknown>;
  readonly about: RawBuilder<unknown>;
  readonly phone?: RawBuilder<unknown>;
  /** `null`: it is found by its key and IDs only. */
  readonly matches: ((text: string) => RawBuilder<boolean>) | null;
};

const searchable: Readonly<Record<RecordName, Searchable>> = {
  listing: {
    view: sql`read.listings`,
    key: sql`listing_key`,
    title: sql`coalesce(unparsed_address, listing_id, 'no address')`,
    about: sql`concat_ws(', ', listing_id, standard_status)`,
    matches: listingMatches,
  },
  lead: {
    view: sql`read.leads`,
    key: sql`contact_key`,
    title: sql`coalesce(${leadName}, 'no name given')`,
    about: sql`concat_ws(', ', lead_stage, email)`,
    phone: sql`mobile_phone`,
    matches: leadMatches,
  },
  agent: {
    view: sql`read.agents`,
    key: sql`member_key`,
    title: sql`coalesce(member_full_name, member_email, 'no name given')`,
    about: sql`concat_ws(', ', member_status, member_email)`,
    phone: sql`member_mobile_phone`,
    matches: agentMatches,
  },
  savedSearch: {
    view: sql`read.saved_searches`,
    key: sql`saved_search_key`,
    title: sql`coalesce(saved_search_name, 'Saved search')`,
    about: sql`case when ${isActiveSearchRow} then 'active' else 'off' end`,
    matches: null,
  },
};

const shown = 20;
const fewestCharacters = 2;

/**
 * The records that a search text may mean, by kind: those with exactly that key, MLS number, e-mail address or legacy ID, otherwise those
 * whose address, name, e-mail address or phone number (now or formerly) contains it. Kinds without any are missing.
 *
 * @param after the `next` of the page before, of the one kind that is searched
 */
export const findByKind = async (
  db: QueryExecutorProvider,
  aggregates: readonly RecordName[],
  text: string,
  { limit = shown, after }: { readonly limit?: number; readonly after?: string | undefined } = {},
): Promise<readonly FoundOfKind[]> => {
  const exact = new Map<RecordName, readonly string[]>();
  for (const aggregate of aggregates) {
    const keys = (await findKeys(db, aggregate, [text])).get(text) ?? [];
    if (keys.length > 0) exact.set(aggregate, keys);
  }
  const found = await Promise.all(
    aggregates.map(async (aggregate) => {
      const { matches } = searchable[aggregate];
      const keys = exact.get(aggregate);
      if (keys !== undefined) return await page(db, aggregate, sql`key = any (${keys})`, limit, after, keys);
      if (exact.size > 0 || matches === null || text.trim().length < fewestCharacters || text.includes('\0')) return [];
      return await page(db, aggregate, matches(text), limit, after);
    }),
  );
  return found.flat();
};

/** The same without pages: at most twenty of each kind. */
export const findAnything = async (
  db: QueryExecutorProvider,
  aggregates: readonly RecordName[],
  text: string,
): Promise<readonly Found[]> => (await findByKind(db, aggregates, text)).flatMap(({ rows }) => rows);

const page = async (
  db: QueryExecutorProvider,
  aggregate: RecordName,
  which: RawBuilder<unknown>,
  limit: number,
  after: string | undefined,
  keys: readonly string[] = [],
): Promise<readonly FoundOfKind[]> => {
  const { view, key, title, about, phone = sql`null::text` } = searchable[aggregate];
  const cursor = keysetOf(after);
  const beyond = cursor === null ? sql`true` : sql`(title, key) > (${cursor[0]}::text, ${cursor[1]}::text)`;
  const { rows } = await ifThere(
    sql<Omit<Found, 'aggregate'> & { phone: string | null; total: number }>`
      with found as (
        select record.*, ${title} as title, ${about} as about, ${phone} as phone
        from (select *, ${key} as key from ${view}) as record where ${which}
      )
      select key, title, about, phone, (select count(*)::int from found) as total from found
      where ${beyond} order by title, key limit ${limit + 1}`.execute(db),
    { rows: [] },
  );
  const [first] = rows;
  if (first === undefined) {
    // A key that the read model does not have yet.
    if (keys.length === 0 || cursor !== null) return [];
    const unseen = keys.map((one) => ({ aggregate, key: one, title: one, about: '' }));
    return [{ aggregate, total: keys.length, rows: unseen, next: null }];
  }
  const found = pageOf(rows, limit, ({ title, key }) => [title, key]);
  return [
    {
      aggregate,
      total: first.total,
      rows: found.rows.map(({ key, title, about, phone }) => ({
        aggregate,
        key,
        title,
        about: [about, phone === null ? '' : phoneInWords(phone)].filter(Boolean).join(', '),
      })),
      next: found.next,
    },
  ];
};
