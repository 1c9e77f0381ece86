import { sql } from 'kysely';
import type { AnyDatabase } from '../database.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import type { Mongo } from '../mongo/connect.ts';
import { idsIn } from '../mongo/following/sweeping/sweep-ids.ts';
import type { Parity } from './parity.ts';
import { ownedTypesInfo } from './record-view.ts';

/** How many documents of a type the old CRM has that are in no record, which a comparison of records cannot see. */
export type WithoutRecord = {
  /** Following has not read them yet. */
  readonly notRead: number;
  readonly inQuarantine: number;
  /** A person decided that they are not to become records. */
  readonly dismissed: number;
};

/** Counts them. It reads the `_id`s of the documents, and what the mapping's filters need. */
export const documentsWithoutRecord = async (
  db: AnyDatabase,
  mongo: Mongo,
  mapping: CompiledMapping,
  { recordType, documents }: Pick<Parity, 'recordType' | 'documents'>,
  signal: AbortSignal,
): Promise<WithoutRecord> => {
  const { collection, mapped } = ownedTypesInfo[recordType];
  const type = mapping.types[mapped]!;
  let there = 0;
  for (const part of type.collections)
    for await (const batch of idsIn({ mongo, signal }, type, part)) there += batch.length;
  const { rows } = await sql<{ open: number; dismissed: number }>`
    select (count(*) filter (where dismissed_at is null))::int as open,
      (count(*) filter (where dismissed_at is not null))::int as dismissed
    from ops.quarantine q
    where collection = ${collection} and resolved_at is null and missed_sweeps = 0 and not exists (
      select from ops.import_document d
      where d.collection = q.collection and d.legacy_id = coalesce(q.legacy_id, q.document_key)
        and d.record_key is not null and d.gone_at is null)`.execute(db);
  const { open: inQuarantine, dismissed } = rows[0]!;
  return { notRead: Math.max(0, there - documents - inQuarantine - dismissed), inQuarantine, dismissed };
};
