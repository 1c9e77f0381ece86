import { sql } from 'kysely';
import { markOf } from '../../alerts-sent/content-marks.ts';
import type { AnyDatabase } from '../../database.ts';
import { documentKey } from '../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../mappings/compile.ts';
import { collectionAt, takes as takesWhere } from '../../mappings/filter.ts';
import { recordTypes } from '../../mappings/record-types.ts';
import { readersVersion } from '../../readers-version.ts';
import { contentHashOf, type Found, isUnreadable } from '../../source.ts';

/** The types that take documents of a collection. */
export const typesOf = (types: readonly MappedType[], collection: string): readonly MappedType[] =>
  types.filter(({ collections }) => collections.some(({ name }) => name === collection));

/**
 * The types of which this is the first collection that is followed: what concerns all documents of a type is done and
 * counted there, once.
 */
export const typesLedBy = (
  types: readonly MappedType[],
  collection: string,
  followed: readonly string[],
): readonly MappedType[] =>
  types.filter(({ collections }) => collections.find(({ name }) => followed.includes(name))?.name === collection);

/** Whether a type takes this document from this collection; what cannot be read belongs to every type. */
export const takes = (type: MappedType, collection: string, found: Found): boolean =>
  isUnreadable(found) ||
  type.collections.some(({ name, where }) => name === collection && takesWhere(found.document, where));

/** A document to compare with what is on file; it is read only if that has to be. */
export type Compared = {
  readonly id: string | undefined;
  readonly contentHash: string;
  readonly bytes: Uint8Array;
  readonly found: () => Found;
};

export const comparedAs = (found: Found): Compared => ({
  id: isUnreadable(found) ? undefined : documentKey(found.document._id),
  contentHash: contentHashOf(found),
  bytes: found.bytes,
  found: () => found,
});

/**
 * How a document stands to what the ledger and the quarantine have:
 * - `settled`: it is on file as it is
 * - `known`: it needs nothing more, but has to be looked at again: it is in quarantine, or a person corrected it
 * - `changed`: it has to be imported
 */
export type Standing = 'settled' | 'known' | 'changed';

/** The standing of each document with the types that take it. Most cost only a hash and a look-up. */
export const standingsOf = async (
  db: AnyDatabase,
  types: readonly MappedType[],
  collection: string,
  documents: readonly Compared[],
): Promise<readonly Standing[]> => {
  const standings: Standing[] = documents.map(() => 'settled');
  for (const type of typesOf(types, collection)) {
    const takesAll = type.collections.some(({ name, where }) => name === collection && where === undefined);
    const mine = [...documents.entries()].filter(([, { found }]) => takesAll || takes(type, collection, found()));
    const keyOf = ({ id, contentHash }: Compared) => id ?? `content:${contentHash}`;
    const onFile = await onFileAs(
      db,
      type,
      collection,
      mine.map(([, document]) => keyOf(document)),
    );
    for (const [at, document] of mine) {
      const standing = onFile(keyOf(document), document);
      if (standing === 'changed' || standings[at] === 'settled') standings[at] = standing;
    }
  }
  return standings;
};

type OnFile = (key: string, document: Compared) => Standing;

const onFileAs = async (
  db: AnyDatabase,
  type: MappedType,
  collection: string,
  keys: readonly string[],
): Promise<OnFile> =>
  recordTypes[type.type].collection === 'alerts_sent'
    ? await alertsOnFile(db, type, keys)
    : await documentsOnFile(db, type, type.collectionOf && collection, keys);

/** @param foundIn the collection that they are in, if their fields depend on that */
const documentsOnFile = async (
  db: AnyDatabase,
  type: MappedType,
  foundIn: string | undefined,
  keys: readonly string[],
): Promise<OnFile> => {
  const { collection } = recordTypes[type.type];
  const readers = readersVersion(type);
  const { rows } = await sql<{ id: string; hash: string; settled: boolean; place: string | null }>`
    select legacy_id as id, content_hash as hash, true as settled, null as place from ops.import_document
    where collection = ${collection} and legacy_id = any (${keys}::text[]) and record_key is not null
      and readers = ${readers} and (found_in is null or found_in = ${foundIn ?? null}::text)
    union all
    select document_key, content_hash, false, place from ops.quarantine
    where collection = ${collection} and document_key = any (${keys}::text[]) and resolved_at is null
    union all
    -- A person gave it another _id.
    select e.document_key, e.content_hash, false, null from ops.quarantine_edit e
      join ops.import_document d on d.collection = e.collection and d.legacy_id = e.legacy_id
        and d.content_hash = e.content_hash
    where e.collection = ${collection} and e.document_key = any (${keys}::text[]) and e.dropped_at is null
      and d.record_key is not null and d.readers = ${readers}`.execute(db);
  /** Whether a document with this content is settled, by its key and content. */
  const known = new Map<string, boolean>();
  for (const { id, hash, settled, place } of rows) {
    // Elsewhere it may say what it lacked.
    if (foundIn !== undefined && place !== null && collectionAt(place, type.collections) !== foundIn) continue;
    const content = JSON.stringify([id, hash]);
    known.set(content, settled && (known.get(content) ?? true));
  }
  return (key, { contentHash }) => {
    const settled = known.get(JSON.stringify([key, contentHash]));
    return settled === undefined ? 'changed' : settled ? 'settled' : 'known';
  };
};

/** What was sent never changes. */
const alertsOnFile = async (db: AnyDatabase, type: MappedType, keys: readonly string[]): Promise<OnFile> => {
  const { rows } = await sql<{ id: string; mark: string | null }>`
    select legacy_id as id, content_mark as mark from ops.import_alert_sent where legacy_id = any (${keys}::text[])`.execute(
    db,
  );
  const { rows: quarantined } = await sql<{ id: string; hash: string }>`
    select document_key as id, content_hash as hash from ops.quarantine
    where collection = 'alerts_sent' and document_key = any (${keys}::text[]) and resolved_at is null`.execute(db);
  const marks = new Map(rows.map(({ id, mark }) => [id, mark]));
  const hashes = new Map(quarantined.map(({ id, hash }) => [id, hash]));
  const markWith = markOf(readersVersion(type));
  return (key, { contentHash, bytes }) => {
    if (hashes.get(key) === contentHash) return 'known';
    if (!marks.has(key)) return 'changed';
    return marks.get(key) === String(markWith(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)))
      ? 'settled'
      : 'known';
  };
};
