import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { migrateImport } from '../../migrations.ts';

/** Deletions in a collection of a live MongoDB that wait for a person. */
export type DeletionsWaiting = { readonly source: string; readonly collection: string; readonly documents: number };

export const deletionsWaiting = async (db: AnyDatabase): Promise<readonly DeletionsWaiting[]> => {
  await migrateImport(db);
  const { rows } = await sql<DeletionsWaiting>`
    select source, collection, gone_waiting::int as documents from ops.import_follow
    where gone_waiting > 0 order by source, collection`.execute(db);
  return rows;
};

/** Lets the next run of following apply them. */
export const confirmDeletions = async (db: AnyDatabase): Promise<void> => {
  await sql`update ops.import_follow set gone_confirmed_at = clock_timestamp() where gone_waiting > 0`.execute(db);
};

/** Collections in which the date of the last change has no index: every look reads all of their documents. */
export const withoutIndex = async (db: AnyDatabase): Promise<readonly string[]> => {
  const { rows } = await sql<{ collection: string }>`
    select distinct collection from ops.import_follow where indexed_yn = false order by collection`.execute(db);
  return rows.map(({ collection }) => collection);
};
