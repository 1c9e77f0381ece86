import { sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';
import { readOriginal } from '../dump/read-either.ts';
import { contentHashOf, type Found, type LegacyCollection } from '../source.ts';
import { decodeBlock } from '../staging/originals/block.ts';
import { type Selection, selected } from './selection.ts';

/** The document of an entry as it was in the old CRM, if its record was refused and there is an original of it. */
export const refusedOriginal = async (db: AnyDatabase, quarantineId: string): Promise<Found | undefined> => {
  const { rows } = await sql<{ collection: LegacyCollection }>`
    select collection from ops.quarantine where quarantine_id = ${quarantineId}::bigint and refused_yn`.execute(db);
  if (rows[0] === undefined) return undefined;
  const originals = refusedDocuments(db, rows[0].collection, { ids: [quarantineId], resolved: true });
  return (await originals.next()).value ?? undefined;
};

/**
 * The documents of a collection that were understood but whose records were refused, as they were in the old CRM: read
 * anew, each from the block of originals that has it. Those of which there is no such original are left out; only
 * releases before originals were kept left any.
 */
export async function* refusedDocuments(
  db: AnyDatabase,
  collection: LegacyCollection,
  selection: Selection,
): AsyncGenerator<Found, void, undefined> {
  for (let after = '0'; ; ) {
    const { rows } = await sql<{ block: string; content: Buffer; hashes: Readonly<Record<string, string>> }>`
      select o.block::text as block, o.content, e.hashes
      from (
        select d.original_block as block, json_object_agg(d.legacy_id, d.content_hash) as hashes
        from ops.quarantine q join ops.import_document d on d.collection = q.collection
          and d.legacy_id = q.document_key and d.content_hash = q.content_hash
        where q.collection = ${collection} and q.refused_yn and ${selected(selection)}
          and d.original_block > ${after}::bigint
        group by 1 order by 1 limit 1) as e
      join ops.import_original o on o.block = e.block`.execute(camelCased(db));
    const [stored] = rows;
    if (stored === undefined) return;
    after = stored.block;
    for (const original of await decodeBlock(stored.content)) {
      const wanted = stored.hashes[original.legacyId];
      if (wanted === undefined) continue;
      const found = readOriginal(original);
      if (contentHashOf(found) !== wanted) continue;
      yield { ...found, entryKey: original.legacyId, again: true };
    }
  }
}
