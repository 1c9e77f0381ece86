import { sql } from 'kysely';
import type { OwnedType } from '../../../../domain/ownership/index.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import type { AnyDatabase } from '../../../database.ts';
import { documentKey } from '../../../legacy/fields/ids/document-id.ts';
import type { CompiledMapping, MappedType } from '../../../mappings/compile.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { liveDocument } from '../../../mongo/read-documents.ts';
import { readersVersion } from '../../../readers-version.ts';
import { contentHashOf, gone, isUnreadable, type SourceDocument, type UnreadableDocument } from '../../../source.ts';
import { ownedTypesInfo } from '../../record-view.ts';
import { idOfKey, rawDocument } from '../edits.ts';
import type { ReaderIn } from '../plan-write.ts';

/** A document of a record as it is in the old CRM now: `found` is missing if it is not there. */
export type Live = {
  readonly document: RecordDocument;
  /** The collection, as the old CRM calls it. */
  readonly name: string;
  readonly found: SourceDocument | UnreadableDocument | undefined;
  /** Whether it was in another collection when it was read, which says something else about it. */
  readonly hasMoved: boolean;
  /**
   * Whether another mapping, or other readers, read it: these may find values in it that openhouse has never had, and that must not be
   * overwritten as if a person had removed them here.
   */
  readonly isReadOtherwise: boolean;
};

/** Whether what is known of it is not what reading it now would give. */
export const isUnread = ({ document, found, hasMoved, isReadOtherwise }: Live): boolean =>
  found !== undefined && (hasMoved || isReadOtherwise || contentHashOf(found) !== document.contentHash);

/** Whether one of these documents was read, and is in quarantine as it is now. */
export const areQuarantined = async (db: AnyDatabase, live: readonly Live[]): Promise<boolean> => {
  const { rows } = await sql<{ found: boolean }>`
    select exists (select from ops.quarantine q
      join unnest(${live.map(({ document }) => document.collection)}::text[],
          ${live.map(({ document }) => document.legacyId)}::text[],
          ${live.map(({ found }) => contentHashOf(found!))}::text[]) as x (collection, legacy_id, content_hash)
        on x.collection = q.collection and x.legacy_id = q.legacy_id and x.content_hash = q.content_hash
      where q.resolved_at is null) as found`.execute(db);
  return rows[0]!.found;
};

type Record = { readonly aggregate: OwnedType; readonly recordKey: string };

/** The documents of these records, as they are now: one query for each collection. */
export const liveDocumentsOf = async (
  mongo: Mongo,
  mapping: CompiledMapping,
  records: readonly Record[],
  documents: ReadonlyMap<string, readonly RecordDocument[]>,
): Promise<readonly Live[]> => {
  const live: Live[] = [];
  for (const aggregate of new Set(records.map((record) => record.aggregate))) {
    const { collection, mapped } = ownedTypesInfo[aggregate];
    const type = mapping.types[mapped];
    if (type === undefined) continue;
    const own = records
      .filter((record) => record.aggregate === aggregate)
      .flatMap(({ recordKey }) => documents.get(recordKey) ?? [])
      .filter((document) => document.collection === collection);
    live.push(...(await liveDocumentsOfType(mongo, type, own)));
  }
  return live;
};

/**
 * A record's documents with what those of its own type say as they are in the old CRM now, which is not what they say here if a
 * person corrected a copy. Without those that are not there, or cannot become a record as they are; one that a person keeps says what it
 * said when it was last read.
 * @param kept the ids of those
 */
export const asTheyAreThere = (
  bson: Mongo['bson'],
  collection: string,
  documents: readonly RecordDocument[],
  there: ReadonlyMap<string, Live>,
  readerIn: ReaderIn,
  kept: ReadonlySet<string>,
): readonly RecordDocument[] =>
  documents.flatMap((document) => {
    if (document.collection !== collection || kept.has(document.legacyId)) return [document];
    const { found, name = '' } = there.get(document.legacyId) ?? {};
    if (found === undefined || isUnreadable(found)) return [];
    const read = readerIn(name)(rawDocument(bson, found.bytes));
    return read === undefined ? [] : [{ ...document, payload: read.payload }];
  });

/** Whether a person decided that a record stays as it is without its documents: until one comes back, the two sides are not compared. */
export const isKeptAlone = (own: readonly RecordDocument[], kept: ReadonlySet<string>): boolean => {
  const present = own.filter(({ contentHash }) => contentHash !== gone);
  return present.length > 0 && present.every(({ legacyId }) => kept.has(legacyId));
};

/** Looks for it in each of the collections that have documents of its type. */
export const liveDocumentOf = async (mongo: Mongo, type: MappedType, document: RecordDocument): Promise<Live> =>
  (await liveDocumentsOfType(mongo, type, [document]))[0]!;

const liveDocumentsOfType = async (
  mongo: Mongo,
  type: MappedType,
  documents: readonly RecordDocument[],
): Promise<readonly Live[]> => {
  const found = new Map<string, Pick<Live, 'name' | 'found'>>();
  let left = documents.map(({ legacyId }) => legacyId);
  for (const { name } of type.collections) {
    const ids = left.map((key) => idOfKey(mongo.bson, key)).filter((id) => id !== undefined);
    if (ids.length === 0) break;
    const cursor = mongo.db
      .collection(name)
      .find({ _id: { $in: ids } } as never, { raw: true, batchSize: ids.length + 1, promoteBuffers: false });
    for await (const bytes of cursor as AsyncIterable<unknown>) {
      const document = liveDocument(mongo.bson, name, bytes as Uint8Array);
      const id = isUnreadable(document.found) ? document.id() : document.found.document._id;
      // A document that cannot be read as a whole usually still has a readable `_id`; if not, only one document can be
      // meant.
      const key = documentKey(id) ?? (left.length === 1 ? left[0] : undefined);
      if (key !== undefined && !found.has(key)) found.set(key, { name, found: document.found });
    }
    left = left.filter((key) => !found.has(key));
  }
  return documents.map((document) => {
    const one = found.get(document.legacyId);
    const name = one?.name ?? type.collections[0]!.name;
    const { foundIn = name } = document;
    return {
      document,
      name,
      found: one?.found,
      hasMoved: type.collectionOf !== undefined && foundIn !== name,
      isReadOtherwise: document.readers !== readersVersion(type),
    };
  });
};
