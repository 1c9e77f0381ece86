import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../database.ts';
import { hashTable, type Key, keyOf } from './hash-table.ts';

/** The keys of a collection's documents in quarantine; few leave it, so most need not be looked for there. */
export type OpenEntries = {
  has(documentKey: string): boolean;
  hasKey(key: Key): boolean;
  /** Whether none is. */
  isEmpty(): boolean;
  add(documentKey: string): void;
};

/** For a few documents of any collection, it takes less to look each of them up than to know all entries: any may be one. */
export const anyMayBeOpen: OpenEntries = { has: () => true, hasKey: () => true, isEmpty: () => false, add: () => {} };

/** Memory: about 24 bytes per entry. */
export const openEntries = async (db: AnyDatabase, collection: string): Promise<OpenEntries> => {
  const keys = hashTable();
  const add = (documentKey: string) => {
    keys.update(keyOf(documentKey), () => 1);
  };
  const open = async (after: string, limit: number): Promise<readonly string[]> => {
    const { rows } = await sql<{ document_key: string }>`
      select document_key from ops.quarantine
      where collection = ${collection} and resolved_at is null and document_key > ${after}
      order by document_key limit ${limit}`.execute(db);
    return rows.map(({ document_key }) => document_key);
  };
  for await (const page of pagesBy((key) => key, 10_000, open)) page.forEach(add);
  const hasKey = (key: Key) => keys.get(key) !== undefined;
  return { has: (documentKey) => hasKey(keyOf(documentKey)), hasKey, isEmpty: () => keys.size() === 0, add };
};
