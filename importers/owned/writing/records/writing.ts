import type { OwnedType } from '../../../../domain/ownership/index.ts';
import type { RecordDocument } from '../../../apply/load-pending.ts';
import type { Planning } from '../../../apply/planning/planner.ts';
import type { AnyDatabase } from '../../../database.ts';
import type { CompiledMapping, MappedType } from '../../../mappings/compile.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { comparedFields, ownedTypesInfo, type View } from '../../record-view.ts';
import type { Writing } from '../candidates/writing.ts';
import { dateOrdersOf, pathsOf } from '../mapped-paths.ts';
import { type PathsInUse, pathsInUse } from '../paths-in-use.ts';
import { type ReaderIn, readerOf } from '../plan-write.ts';
import { type referencesTo, spellingsIn } from '../vocabulary.ts';

/** What a run learns, when it first needs it, of how the old CRM's documents say things; each takes a look at a collection. */
export type Learned = {
  readonly spellings: ReturnType<typeof spellingsIn>;
  readonly inUse: Map<OwnedType, PathsInUse>;
};

export const learningFrom = (mongo: Mongo, mapping: CompiledMapping): Learned => ({
  spellings: spellingsIn(mongo, mapping),
  inUse: new Map(),
});

/** What writing any record takes. */
export type Tools = {
  readonly db: AnyDatabase;
  readonly mongo: Mongo;
  readonly mapping: CompiledMapping;
  /** What a document gets as the date of its last change. */
  readonly now: Date;
  readonly learned: Learned;
  readonly planning: Planning;
  readonly references: Awaited<ReturnType<typeof referencesTo>>;
};

/** A record that is being written, with its documents and the way to write them. */
export type RecordWriting = Tools & {
  readonly aggregate: OwnedType;
  readonly recordKey: string;
  /** Its documents' type in the mapping. */
  readonly type: MappedType;
  /** What openhouse says, and as of which revision. */
  readonly ours: { readonly view: View; readonly revision: bigint };
  /** All its documents; those of its own type are `own`. */
  readonly all: readonly RecordDocument[];
  readonly own: readonly RecordDocument[];
  /** The fields that can be written. */
  readonly compared: readonly string[];
  readonly readerIn: ReaderIn;
  /** What there is to write a document in this collection with. */
  readonly writingIn: (name: string) => Omit<Writing, 'document'>;
};

type Given = Pick<RecordWriting, 'aggregate' | 'recordKey' | 'type' | 'ours' | 'all' | 'own'>;

export const beginWriting = async (tools: Tools, given: Given): Promise<RecordWriting> => {
  const { mongo, mapping, learned, planning, references } = tools;
  const { aggregate, type, ours } = given;
  const { mapped } = ownedTypesInfo[aggregate];
  const spellings = await learned.spellings(type);
  const used = learned.inUse.get(aggregate) ?? (await pathsInUse(mongo, aggregate, type, pathsOf(mapping, mapped)));
  learned.inUse.set(aggregate, used);
  return {
    ...tools,
    ...given,
    compared: [...comparedFields(aggregate, type), ...(aggregate === 'lead' ? ['emailOptOut'] : [])],
    readerIn: readerOf(mongo.bson, aggregate, type, planning.agents),
    writingIn: (name) => ({
      bson: mongo.bson,
      ...used,
      wanted: ours.view,
      spellings,
      references,
      pathsOf: pathsOf(mapping, mapped, name),
      dateOrder: dateOrdersOf(mapping, mapped, name),
    }),
  };
};
