import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../database.ts';
import { leaveQuarantine } from '../documents/quarantine.ts';
import type { CollectionIds } from './collection-ids.ts';

/** Which of these keys were in quarantine before. */
export const contestedBefore = async (
  db: AnyDatabase,
  collection: string,
  documentKeys: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (documentKeys.length === 0) return new Set();
  const { rows } = await sql<{ document_key: string }>`
    select document_key from ops.quarantine
    where collection = ${collection} and document_key = any (${documentKeys}::text[])`.execute(db);
  return new Set(rows.map(({ document_key }) => document_key));
};

type Contested = { readonly document_key: string; readonly legacy_id: string };

/**
 * Releases documents from quarantine that once shared an ID, if this source has the ID but no longer that document: one
 * of the two was deleted or changed. Call it after the collection was read to the end.
 *
 * @param those the IDs that the source has, if they are so few that each can be looked up
 */
export const settleContested = async (
  db: AnyDatabase,
  collection: string,
  ids: CollectionIds,
  now: Date,
  those?: readonly string[],
): Promise<void> => {
  const among = those === undefined ? sql`` : sql`and legacy_id = any (${those}::text[])`;
  const contested = async (after: string, limit: number): Promise<readonly Contested[]> => {
    const { rows } = await sql<Contested>`
      select document_key, legacy_id from ops.quarantine
      where collection = ${collection} and code = 'id-twice' and resolved_at is null
        and last_seen_at < ${now}::timestamptz and document_key > ${after} ${among}
      order by document_key limit ${limit}`.execute(db);
    return rows;
  };
  for await (const rows of pagesBy(({ document_key }) => document_key, 1_000, contested)) {
    const settled = rows.filter(({ legacy_id }) => ids.has(legacy_id)).map(({ document_key }) => document_key);
    await leaveQuarantine(db, collection, settled, now);
  }
};
