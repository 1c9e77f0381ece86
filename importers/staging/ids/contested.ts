import { sql } from 'kysely';
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

const pageSize = 1_000;

/**
 * Releases documents from quarantine that once shared an ID, if this source has the ID but no longer that document: one
 * of the two was deleted or changed. Call it after the collection was read to the end.
 */
export const settleContested = async (
  db: AnyDatabase,
  collection: string,
  ids: CollectionIds,
  now: Date,
): Promise<void> => {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows }: { rows: { document_key: string; legacy_id: string }[] } = await sql<{
      document_key: string;
      legacy_id: string;
    }>`
      select document_key, legacy_id from ops.quarantine
      where collection = ${collection} and code = 'id-twice' and resolved_at is null
        and last_seen_at < ${now}::timestamptz and document_key > ${after}
      order by document_key limit ${pageSize}`.execute(db);
    const settled = rows.filter(({ legacy_id }) => ids.has(legacy_id)).map(({ document_key }) => document_key);
    await leaveQuarantine(db, collection, settled, now);
    after = rows.length < pageSize ? undefined : rows.at(-1)!.document_key;
  }
};
