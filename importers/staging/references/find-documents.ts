import { sql } from 'kysely';
import { namesOf } from '../../../domain/identity/legacy-id.ts';
import type { AnyDatabase } from '../../database.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';

/** A staged document that a reference may point to. */
export type Target = { readonly legacyId: string; readonly recordKey: string; readonly contactKey: string | null };

/**
 * The target of each reference, or `ambiguous` if there could be several. A reference that points nowhere has no entry.
 */
export type Found = ReadonlyMap<Reference, Target | 'ambiguous'>;

/** The key (if its type is certain) and the names by which to look up a reference. */
const lookUpOf = (reference: Reference): { key: string | undefined; names: readonly string[] } | undefined => {
  if (reference.startsWith('key:')) return { key: undefined, names: [reference] };
  if (reference.startsWith('ref:')) return { key: undefined, names: [reference.slice(4)] };
  // A document may have an e-mail address for its id.
  if (reference.startsWith('email:')) return { key: reference.slice(6), names: [] };
  if (!reference.startsWith('id:')) return undefined;
  return { key: reference.slice(3), names: namesOf(reference.slice(3)) };
};

/** All names by which a reference is looked up: keys of documents, their other names, and e-mail addresses of people. */
export const namesLookedUp = (reference: Reference): readonly string[] => {
  const { key, names } = lookUpOf(reference) ?? { key: undefined, names: [] };
  return [reference, ...(key === undefined ? [] : [key]), ...names];
};

/**
 * The target of a reference, among the documents with its key or one of its names: the document with the exact key,
 * otherwise those with one of the names, if all of them belong to one record. Anything more would be a guess.
 */
export const meant = (
  reference: Reference,
  called: (name: string) => readonly Target[],
): Target | 'ambiguous' | undefined => {
  const lookUp = lookUpOf(reference);
  if (lookUp === undefined) return undefined;
  const exact =
    lookUp.key === undefined ? undefined : called(lookUp.key).find(({ legacyId }) => legacyId === lookUp.key);
  if (exact !== undefined) return exact;
  const targets = lookUp.names.flatMap(called);
  const [first] = targets;
  return first === undefined || targets.every(({ recordKey }) => recordKey === first.recordKey) ? first : 'ambiguous';
};

/** The targets of references among the documents of a collection that have a record, in a single query. */
export const findDocuments = async (
  db: AnyDatabase,
  collection: string,
  references: readonly Reference[],
): Promise<Found> => {
  const wanted = [...new Set(references)].filter((reference) => lookUpOf(reference) !== undefined);
  if (wanted.length === 0) return new Map();
  const names = new Set(
    wanted.flatMap((reference) => [lookUpOf(reference)!.key ?? [], lookUpOf(reference)!.names].flat()),
  );
  const { rows } = await sql<{ name: string; legacy_id: string; record_key: string; contact_key: string | null }>`
    select legacy_id as name, legacy_id, record_key, contact_key from ops.import_document
    where collection = ${collection} and legacy_id = any (${[...names]}::text[]) and record_key is not null
    union all
    select n.name, d.legacy_id, d.record_key, d.contact_key from ops.import_document_name n
    join ops.import_document d on d.collection = n.collection and d.legacy_id = n.legacy_id
    where n.collection = ${collection} and n.name = any (${[...names]}::text[]) and d.record_key is not null`.execute(
    db,
  );
  const called = new Map<string, Target[]>();
  for (const { name, legacy_id, record_key, contact_key } of rows) {
    const target = { legacyId: legacy_id, recordKey: record_key, contactKey: contact_key };
    called.set(name, [...(called.get(name) ?? []), target]);
  }
  const found = new Map<Reference, Target | 'ambiguous'>();
  for (const reference of wanted) {
    const target = meant(reference, (name) => called.get(name) ?? []);
    if (target !== undefined) found.set(reference, target);
  }
  return found;
};
