import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { RecordName } from '../domain/catalogue/field.ts';
import { findKeys } from '../history/find-record.ts';
import { ifThere } from './if-there.ts';
import { leadName } from './leads/lead-name.ts';

/** A record that was found, as a list of results shows it. */
export type Found = {
  readonly aggregate: RecordName;
  readonly key: string;
  readonly title: string;
  readonly about: string;
};

const shown = 20;

/** Lower case without accents, so that `lopez` also finds López. */
const plain = (text: RawBuilder<unknown>) =>
  sql`translate(lower(${text}), 'áàâãäåéèêëíìîïóòôõöúùûüñç', 'aaaaaaeeeeiiiiooooouuuunc')`;

const searches: Partial<Record<RecordName, (wanted: RawBuilder<unknown>) => RawBuilder<Omit<Found, 'aggregate'>>>> = {
  listing: (wanted) => sql`
    select listing_key as key, coalesce(unparsed_address, listing_id, listing_key) as title,
      concat_ws(', ', listing_id, standard_status) as about
    from read.listings where strpos(${plain(sql`concat_ws(' ', listing_id, unparsed_address)`)}, ${wanted}) > 0
    order by title, key limit ${shown}`,
  lead: (wanted) => sql`
    select contact_key as key, ${leadName} as title,
      concat_ws(', ', lead_stage, email) as about
    from read.leads where strpos(${plain(sql`concat_ws(' ', first_name, last_name, email, mobile_phone)`)}, ${wanted}) > 0
    order by title, key limit ${shown}`,
  agent: (wanted) => sql`
    select member_key as key, coalesce(member_full_name, member_email) as title,
      concat_ws(', ', member_status, member_email) as about
    from read.agents where strpos(${plain(sql`concat_ws(' ', member_full_name, member_email)`)}, ${wanted}) > 0
    order by title, key limit ${shown}`,
};

/**
 * The records that a search text may mean: those with exactly that key, MLS number, e-mail address or legacy ID,
 * otherwise those whose address, name, e-mail address or phone number contains it, at most twenty of each kind.
 */
export const findAnything = async (
  db: QueryExecutorProvider,
  aggregates: readonly RecordName[],
  text: string,
): Promise<readonly Found[]> => {
  const exact: Found[] = [];
  for (const aggregate of aggregates) {
    const keys = (await findKeys(db, aggregate, [text])).get(text) ?? [];
    exact.push(...keys.map((key) => ({ aggregate, key, title: key, about: '' })));
  }
  if (exact.length > 0 || text.length < 2 || text.includes('\0')) return exact;
  const wanted = plain(sql`${text}::text`);
  const found = await Promise.all(
    aggregates.map(async (aggregate) => {
      const search = searches[aggregate]?.(wanted);
      if (search === undefined) return [];
      const { rows } = await ifThere(search.execute(db), { rows: [] });
      return rows.map((row) => ({ aggregate, ...row }));
    }),
  );
  return found.flat();
};
