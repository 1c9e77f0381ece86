import { sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import type { AnyDatabase } from '../database.ts';
import { gone, unwritten } from '../source.ts';

/**
 * A document that is to be inserted in the old CRM, and whose insert was sent without anyone having recorded what became of it,
 * because the process or the connection died. If it is not there then, no one can know whether it never arrived, or whether
 * someone deleted it: inserting it again could undo what a person did. So it counts as deleted there, which a person decides.
 */

type Place = { readonly collection: string; readonly legacyId: string };

/** Notes that a document is about to be inserted. Whatever is recorded of it later ends that, because its version grows. */
export const noteInserting = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
  { collection, legacyId }: Place,
): Promise<void> => {
  await sql`
    update ops.write_back set inserting = (
      select json_build_object('legacyId', legacy_id, 'version', version) from ops.import_document
      where collection = ${collection} and legacy_id = ${legacyId})
    where aggregate = ${aggregate} and record_key = ${recordKey}`.execute(db);
};

/** Whether an insert of this document was sent before, and no one knows what became of it. */
export const isInserting = async (
  db: AnyDatabase,
  aggregate: OwnedType,
  recordKey: string,
  { collection, legacyId }: Place,
): Promise<boolean> => {
  const { rows } = await sql<{ inserting: boolean }>`
    select exists (select from ops.write_back w
      join ops.import_document d on d.collection = ${collection} and d.legacy_id = w.inserting ->> 'legacyId'
        and d.version = (w.inserting ->> 'version')::integer and d.content_hash in (${unwritten}, ${gone})
      where w.aggregate = ${aggregate} and w.record_key = ${recordKey} and d.legacy_id = ${legacyId}) as inserting`.execute(
    db,
  );
  return rows[0]!.inserting;
};
