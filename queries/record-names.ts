import { type QueryExecutorProvider, sql } from 'kysely';
import { ifThere } from './if-there.ts';
import { leadName } from './leads/lead-name.ts';

/**
 * What people call the records with these keys: a home's MLS number and address, the name of a lead, an agent or a saved
 * search. Records without a name, or not yet in the read models, are missing.
 */
export const recordNames = async (
  db: QueryExecutorProvider,
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> => {
  if (keys.size === 0) return new Map();
  const wanted = sql`any (${[...keys]}::text[])`;
  const { rows } = await ifThere(
    sql<{ key: string; name: string }>`
      select key, name from (
        select member_key as key, member_full_name as name from read.agents where member_key = ${wanted}
        union all
        select contact_key, ${leadName} from read.leads where contact_key = ${wanted}
        union all
        select listing_key, nullif(concat_ws(', ', listing_id, unparsed_address), '')
        from read.listings where listing_key = ${wanted}
        union all
        select saved_search_key, saved_search_name from read.saved_searches where saved_search_key = ${wanted}
      ) as known
      where name is not null`.execute(db),
    { rows: [] },
  );
  return new Map(rows.map(({ key, name }) => [key, name]));
};
