import { sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { isTaken } from '../../mappings/filter.ts';
import { recordTypes } from '../../mappings/record-types.ts';
import { readersVersion } from '../../readers-version.ts';
import { contentHashOf, type Found, isUnreadable } from '../../source.ts';

/** The types that take documents of a collection. */
export const typesOf = (types: readonly MappedType[], collection: string): readonly MappedType[] =>
  types.filter(({ collections }) => collections.some(({ name }) => name === collection));

/** Whether a type takes this document from this collection; what cannot be read belongs to every type. */
export const takes = (type: MappedType, collection: string, found: Found): boolean =>
  isUnreadable(found) ||
  type.collections.some(
    ({ name, where }) => name === collection && (where === undefined || isTaken(found.document, where)),
  );

/**
 * Those documents that differ from what the ledger or the quarantine has. All others cost only a hash and a look-up.
 */
export const changedAmong = async (
  db: AnyDatabase,
  types: readonly MappedType[],
  collection: string,
  documents: readonly Found[],
): Promise<readonly Found[]> => {
  const hashes = documents.map((found) => ({
    found,
    id: isUnreadable(found) ? undefined : documentKey(found.document._id),
    hash: contentHashOf(found),
  }));
  const changed = new Set<Found>();
  for (const type of typesOf(types, collection)) {
    const mine = hashes.filter(({ found }) => takes(type, collection, found));
    const known = await knownHashes(
      db,
      type,
      mine.map(({ id, hash: content }) => id ?? `content:${content}`),
    );
    for (const { found, id, hash: content } of mine) {
      if (!known.get(id ?? `content:${content}`)?.has(content)) changed.add(found);
    }
  }
  return documents.filter((found) => changed.has(found));
};

/** The hashes of those contents that need nothing more, because they are already applied or already in quarantine. */
const knownHashes = async (db: AnyDatabase, type: MappedType, ids: readonly string[]) => {
  const { collection } = recordTypes[type.type];
  const readers = readersVersion(type);
  const { rows } =
    collection === 'alerts_sent'
      ? await sql<{ id: string; hash: string | null }>`
          select legacy_id as id, null as hash from ops.import_alert_sent where legacy_id = any (${ids}::text[])
          union all
          select document_key, content_hash from ops.quarantine
          where collection = ${collection} and document_key = any (${ids}::text[]) and resolved_at is null`.execute(db)
      : await sql<{ id: string; hash: string }>`
          select legacy_id as id, content_hash as hash from ops.import_document
          where collection = ${collection} and legacy_id = any (${ids}::text[]) and record_key is not null
            and readers = ${readers}
          union all
          select document_key, content_hash from ops.quarantine
          where collection = ${collection} and document_key = any (${ids}::text[]) and resolved_at is null
          union all
          -- A person gave it another _id.
          select e.document_key, e.content_hash from ops.quarantine_edit e
            join ops.import_document d on d.collection = e.collection and d.legacy_id = e.legacy_id
              and d.content_hash = e.content_hash
          where e.collection = ${collection} and e.document_key = any (${ids}::text[]) and e.dropped_at is null
            and d.record_key is not null and d.readers = ${readers}`.execute(db);
  const known = new Map<string, { has(content: string): boolean }>();
  for (const { id, hash: content } of rows) {
    const before = known.get(id);
    // What was sent never changes.
    known.set(id, { has: (other) => content === null || content === other || (before?.has(other) ?? false) });
  }
  return known;
};
