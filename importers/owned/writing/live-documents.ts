import type { OwnedType } from '../../../domain/ownership/index.ts';
import type { RecordDocument } from '../../apply/load-pending.ts';
import type { CompiledMapping, MappedType } from '../../mappings/compile.ts';
import type { Mongo } from '../../mongo/connect.ts';
import { liveDocument } from '../../mongo/read-documents.ts';
import type { SourceDocument, UnreadableDocument } from '../../source.ts';
import { ownedTypesInfo } from '../record-view.ts';
import { idOfKey } from './edits.ts';

/** A document of a record as it is in the old CRM now: `found` is missing if it is not there. */
export type Live = {
  readonly document: RecordDocument;
  /** The collection, as the old CRM calls it. */
  readonly name: string;
  readonly found: SourceDocument | UnreadableDocument | undefined;
};

type Record = { readonly aggregate: OwnedType; readonly recordKey: string };

/** The documents of these records, as they are now. */
export const liveDocumentsOf = async (
  mongo: Mongo,
  mapping: CompiledMapping,
  records: readonly Record[],
  documents: ReadonlyMap<string, readonly RecordDocument[]>,
): Promise<readonly Live[]> => {
  const live: Live[] = [];
  for (const { aggregate, recordKey } of records) {
    const { collection, mapped } = ownedTypesInfo[aggregate];
    const type = mapping.types[mapped];
    if (type === undefined) continue;
    for (const document of documents.get(recordKey) ?? []) {
      if (document.collection === collection) live.push(await liveDocumentOf(mongo, type, document));
    }
  }
  return live;
};

/** Looks for it in each of the collections that have documents of its type. */
export const liveDocumentOf = async (mongo: Mongo, type: MappedType, document: RecordDocument): Promise<Live> => {
  const id = idOfKey(mongo.bson, document.legacyId);
  for (const { name } of type.collections) {
    const [bytes] = (await mongo.db
      .collection(name)
      .find({ _id: id } as never, { raw: true, limit: 1, promoteBuffers: false })
      .toArray()) as unknown as Uint8Array[];
    if (bytes !== undefined) return { document, name, found: liveDocument(mongo.bson, name, bytes).found };
  }
  return { document, name: type.collections[0]!.name, found: undefined };
};
