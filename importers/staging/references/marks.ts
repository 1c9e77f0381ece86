import { type RawBuilder, sql } from 'kysely';
import { otherNamesOf } from '../../../domain/identity/legacy-id.ts';
import { chunksOf } from '../../../platform/chunks.ts';
import { wasVisibleIn } from '../../changed-by.ts';
import type { AnyDatabase } from '../../database.ts';
import { referencesVersion } from '../../readers-version.ts';
import { numberOf, type Referenced } from './waits-for.ts';

/**
 * Which references have to be looked up again: all, or those that wait for one of some names (see `waitsFor`) or are new.
 * `snapshot`: what was visible then.
 */
export type Extent =
  | { readonly what: 'all'; readonly snapshot: string }
  | { readonly what: 'marked'; readonly names: readonly number[]; readonly snapshot: string };

/** If there are more marks than this, everything that waits is looked at. */
const many = 20_000;

/**
 * What has changed in collections since references to them were last looked up. Triggers note it in the transaction of the change
 * (see migrations/reference-marks.ts), so everything that is read after calling this is among it, or has a mark that `clearMarks`
 * leaves.
 */
export const extentOf = async (db: AnyDatabase, collections: readonly Referenced[]): Promise<Extent> => {
  const { rows } = await sql<{ begun: number; settled: number; marks: number; snapshot: string }>`
    select (select count(*)::int from ops.import_referenced where collection = any (${collections}::text[])) as begun,
      (select count(*)::int from ops.import_referenced
        where collection = any (${collections}::text[]) and rules = ${referencesVersion()}) as settled,
      (select count(*)::int from ops.import_reference_mark where collection = any (${collections}::text[])) as marks,
      pg_current_snapshot()::text as snapshot`.execute(db);
  const { begun, settled, marks, snapshot } = rows[0]!;
  if (begun < collections.length) return { what: 'all', snapshot: await beginMarks(db, collections) };
  if (settled < collections.length || marks > many) return { what: 'all', snapshot };
  return { what: 'marked', names: marks === 0 ? [] : await markedNames(db, collections), snapshot };
};

/** From now on, changes in these collections are marked. @returns a snapshot that has all changes before */
const beginMarks = async (db: AnyDatabase, collections: readonly Referenced[]): Promise<string> => {
  await db.transaction().execute(async (transaction) => {
    // Changes under way are not marked, so they have to be waited for.
    await sql`
      lock table ops.import_document, ops.import_identity, ops.import_document_name in share row exclusive mode`.execute(
      transaction,
    );
    await sql`
      insert into ops.import_referenced (collection, rules) select *, '' from unnest(${collections}::text[])
      on conflict do nothing`.execute(transaction);
  });
  const { rows } = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`.execute(db);
  return rows[0]!.snapshot;
};

/** The marked names, and whatever else the documents with them are called. */
const markedNames = async (db: AnyDatabase, collections: readonly Referenced[]): Promise<readonly number[]> => {
  const { rows } = await sql<{ collection: Referenced; name: string }>`
    with marked as (
      select distinct collection, name from ops.import_reference_mark where collection = any (${collections}::text[])
    )
    select collection, name from marked
    union
    select m.collection, n.name from marked m
      join ops.import_document_name n on n.collection = m.collection and n.legacy_id = m.name
    union
    select m.collection, i.identity from marked m
      join ops.import_document d on d.collection = m.collection and d.legacy_id = m.name, unnest(d.identities) as i (identity)
    where m.collection in ('users', 'contacts')`.execute(db);
  const names = rows.flatMap(({ collection, name }) =>
    [name, ...otherNamesOf(name)].map((each) => numberOf(collection, each)),
  );
  return [...new Set(names)];
};

/**
 * Which of the rows that wait do so for one of these names, or without a note of what for.
 * @param waiting a table and a condition: `ops.import_alert_sent where not remembered`
 * @returns their legacy IDs, sorted
 */
export const waitingForAny = async (
  db: AnyDatabase,
  waiting: RawBuilder<unknown>,
  names: readonly number[],
): Promise<readonly string[]> => {
  const { rows: fresh } = await sql<{ legacy_id: string }>`
    select legacy_id from ${waiting} and waits_for is null`.execute(db);
  const ids = new Set(fresh.map(({ legacy_id }) => legacy_id));
  for (const some of chunksOf(names, 1_000)) {
    // Each by itself: for many at once, PostgreSQL would rather read all that wait.
    const { rows } = await sql<{ legacy_id: string }>`
      select found.legacy_id from unnest(${some}::bigint[]) as name (number) cross join lateral (
        select legacy_id from ${waiting} and waits_for @> array[name.number] offset 0
      ) as found`.execute(db);
    for (const { legacy_id } of rows) ids.add(legacy_id);
  }
  return [...ids].sort();
};

/** Notes that references to these collections were looked up since a snapshot. */
export const clearMarks = async (
  db: AnyDatabase,
  collections: readonly Referenced[],
  { snapshot }: Extent,
): Promise<void> => {
  await sql`
    delete from ops.import_reference_mark
    where collection = any (${collections}::text[]) and ${wasVisibleIn(snapshot)}`.execute(db);
  await sql`
    update ops.import_referenced set rules = ${referencesVersion()}
    where collection = any (${collections}::text[]) and rules <> ${referencesVersion()}`.execute(db);
};
