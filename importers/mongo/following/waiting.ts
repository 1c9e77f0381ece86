import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { migrateImport } from '../../migrations.ts';
import type { Decided, Keeping } from './kept.ts';

/** Deletions in a collection of a live MongoDB that wait for a person. */
export type DeletionsWaiting = { readonly source: string; readonly collection: string; readonly documents: number };

export const deletionsWaiting = async (db: AnyDatabase): Promise<readonly DeletionsWaiting[]> => {
  await migrateImport(db);
  const { rows } = await sql<DeletionsWaiting>`
    select source, collection, gone_waiting::int as documents from ops.import_follow
    where gone_waiting > 0 order by source, collection`.execute(db);
  return rows;
};

/** Lets the next run of following apply them, those of all collections or of these. The last decision counts. */
export const confirmDeletions = async (
  db: AnyDatabase,
  { by, because, at }: Decided,
  only?: readonly string[],
): Promise<void> => {
  await sql`
    update ops.import_follow set gone_confirmed_at = ${at}::timestamptz, gone_confirmed_by = ${by},
      gone_confirmed_because = ${because}, gone_kept_at = null, gone_kept_by = null, gone_kept_because = null
    where gone_waiting > 0 and ${among(only)}`.execute(db);
};

/** Lets the next run of following keep what waits as it is, and never ask about it again. The last decision counts. */
export const keepWaiting = async (
  db: AnyDatabase,
  { by, because, at }: Keeping,
  only?: readonly string[],
): Promise<void> => {
  await sql`
    update ops.import_follow set gone_confirmed_at = null, gone_confirmed_by = null, gone_confirmed_because = null, gone_kept_at = ${at}::timestamptz, gone_kept_by = ${by},
      gone_kept_because = ${because}
    where gone_waiting > 0 and ${among(only)}`.execute(db);
};

const among = (only: readonly string[] | undefined) =>
  only === undefined ? sql`true` : sql`collection = any (${[...only]}::text[])`;

/** Dates of the last change without an index, as `properties.updatedAt`: every look reads all documents of that collection. */
export const withoutIndex = async (db: AnyDatabase): Promise<readonly string[]> => {
  const { rows } = await sql<{ date: string }>`
    select distinct collection || '.' || path as date
    from ops.import_follow, unnest(not_indexed) as x (path) order by date`.execute(db);
  return rows.map(({ date }) => date);
};
