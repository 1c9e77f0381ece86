import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import type { CollectionIds } from './collection-ids.ts';

/** Documents that an earlier import read, and that this source no longer has. */
export type GoneDocuments = { readonly count: number; readonly examples: readonly string[] };

const pageSize = 20_000;

/** The documents on file of a collection, read by earlier runs, that this source lacks; with a few examples. */
export const goneDocuments = async (
  db: AnyDatabase,
  collection: string,
  runId: string,
  ids: CollectionIds,
): Promise<GoneDocuments> => {
  const gone = { count: 0, examples: [] as string[] };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows }: { rows: { legacy_id: string }[] } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document
      where collection = ${collection} and legacy_id > ${after} and import_run_id <> ${runId}::bigint
      order by legacy_id limit ${pageSize}`.execute(db);
    for (const { legacy_id: id } of rows) {
      if (ids.has(id)) continue;
      gone.count++;
      if (gone.examples.length < 5) gone.examples.push(id);
    }
    after = rows.length < pageSize ? undefined : rows.at(-1)!.legacy_id;
  }
  return gone;
};
