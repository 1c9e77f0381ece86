import { sql } from 'kysely';
import { pagesBy } from '../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../database.ts';
import type { CollectionIds } from './collection-ids.ts';

/** Documents that an earlier import read, and that this source no longer has. */
export type GoneDocuments = { readonly count: number; readonly examples: readonly string[] };

/** The documents on file of a collection that this source lacks; with a few examples. */
export const goneDocuments = async (
  db: AnyDatabase,
  collection: string,
  ids: CollectionIds,
): Promise<GoneDocuments> => {
  const onFile = async (after: string, limit: number): Promise<readonly string[]> => {
    const { rows } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document
      where collection = ${collection} and legacy_id > ${after}
      order by legacy_id limit ${limit}`.execute(db);
    return rows.map(({ legacy_id }) => legacy_id);
  };
  const gone = { count: 0, examples: [] as string[] };
  for await (const page of pagesBy((id) => id, 20_000, onFile))
    for (const id of page) {
      if (ids.has(id)) continue;
      gone.count++;
      if (gone.examples.length < 5) gone.examples.push(id);
    }
  return gone;
};
