import { exitCodes, userError } from '../../platform/errors.ts';
import {
  type BsonDocuments,
  type Found,
  isUnreadable,
  type LegacyCollection,
  legacyCollections,
  type Source,
  type SourceCollection,
  type SourceDocument,
} from '../source.ts';
import type { CompiledMapping, MappedType } from './compile.ts';
import { collectionAt, takes } from './filter.ts';
import { recordTypeNames, recordTypes } from './record-types.ts';
import type { MappedCollection } from './schema.ts';

/** The documents of one record type, from all the collections that a mapping takes them from. */
export type RoutedCollection = {
  readonly name: LegacyCollection;
  readonly mapped: MappedType;
  readonly totalBytes: number;
  /** Whether no two of its documents can have the same `_id`. */
  readonly idsAreUnique: boolean;
  /** See `SourceCollection`. */
  onStaged?(last: Found): Promise<void>;
  /** @param onLeftOut called with each document that the mapping's filter leaves out */
  read(onBytes?: (bytes: number) => void, onLeftOut?: (found: SourceDocument) => void): AsyncIterable<Found>;
  /** The same documents, if they are BSON and all of them are wanted whatever they contain. */
  readonly bson?: BsonDocuments;
};

export type RoutedSource = {
  /** Whether the source is the CRM itself (see `Source`). */
  readonly live: boolean;
  readonly collections: readonly RoutedCollection[];
  readonly notes: readonly string[];
};

/** The names of the collections that a mapping takes documents from. */
export const collectionNames = (mapping: CompiledMapping): readonly string[] => [
  ...new Set(recordTypeNames.flatMap((type) => mapping.types[type]?.collections.map(({ name }) => name) ?? [])),
];

/**
 * Sorts a source's collections by what a mapping makes of them, in the order in which they are imported. A source without
 * any only applies what is on file (see splitting/split-by-hand.ts).
 * @throws UserError if the source has none of the collections that the mapping names
 */
export const routeSource = (source: Source, mapping: CompiledMapping): RoutedSource => {
  const types = recordTypeNames.flatMap((type) => mapping.types[type] ?? []);
  const collections = types
    .flatMap((mapped) => routedFrom(source, mapped, types))
    .sort((one, other) => legacyCollections.indexOf(one.name) - legacyCollections.indexOf(other.name));
  if (collections.length === 0 && source.collections.length > 0) {
    const there = source.collections.map(({ name }) => name);
    throw userError(`there is nothing here that the mapping ${mapping.name} knows`, {
      code: 'mapping-fits-nothing',
      exitCode: exitCodes.usage,
      hint: `It takes documents from ${collectionNames(mapping).join(', ')}; here are ${there.slice(0, 20).join(', ') || 'no collections'}. \`openhouse import inspect\` shows what is there.`,
    });
  }
  return { live: source.kind === 'live', collections, notes: withoutAlternatives(source, types) };
};

/** If a record type's documents were found, the other collections that might have had them are not needed. */
const withoutAlternatives = ({ collections, notes }: Source, types: readonly MappedType[]): readonly string[] => {
  const there = new Set(collections.map(({ name }) => name));
  const spare = types
    .filter((mapped) => mapped.collections.some(({ name }) => there.has(name)))
    .flatMap((mapped) => mapped.collections.map(({ name }) => name));
  return notes.filter((note) => !spare.some((name) => note.endsWith(` no collection ${name}`)));
};

const routedFrom = (source: Source, mapped: MappedType, all: readonly MappedType[]): RoutedCollection[] => {
  const parts = mapped.collections.flatMap((wanted) => {
    const collection = source.collections.find(({ name }) => name === wanted.name);
    return collection === undefined ? [] : [{ collection, where: wanted.where }];
  });
  if (parts.length === 0) return [];
  const [only] = parts;
  const isWhole = parts.length === 1 && only!.where === undefined && mapped.collectionOf === undefined;
  const bson = isWhole ? only!.collection.bson : undefined;
  return [
    {
      ...(bson === undefined ? {} : { bson }),
      name: recordTypes[mapped.type].collection,
      mapped,
      totalBytes: parts.reduce((sum, { collection }) => sum + collection.totalBytes, 0),
      idsAreUnique: source.kind === 'live' && parts.length === 1,
      async onStaged(last) {
        if (parts.length === 1 && feedsOnly(mapped, only!.collection, all)) await only!.collection.onStaged?.(last);
      },
      async *read(onBytes, onLeftOut) {
        for (const { collection, where } of parts) {
          if (where === undefined) yield* collection.read(onBytes);
          else yield* filtered(collection, where, onBytes, onLeftOut);
        }
      },
    },
  ];
};

/**
 * Whether an interrupted reading of a collection can continue where it was: it is read once, for one type. Where a type has
 * several collections, or takes several parts of one, what is left of one of them says nothing about the others, and documents
 * that share an `_id` have to be seen together.
 *
 * @param there the collections that the source has
 */
export const canResume = ({ types }: CompiledMapping, name: string, there: readonly string[]): boolean => {
  const taking = recordTypeNames.flatMap((type) => types[type] ?? []).filter((type) => takesFrom(type, name));
  return taking.length === 1 && taking[0]!.collections.filter((wanted) => there.includes(wanted.name)).length === 1;
};

/** Whether a collection is read for one type only. Otherwise a document is staged only when all of its types have staged it. */
const feedsOnly = (mapped: MappedType, { name }: SourceCollection, all: readonly MappedType[]): boolean =>
  all.every((type) => type === mapped || !takesFrom(type, name));

const takesFrom = ({ collections }: MappedType, name: string): boolean =>
  collections.some((wanted) => wanted.name === name);

/** Unreadable documents are not left out, because it is not known what they are. */
async function* filtered(
  collection: SourceCollection,
  where: NonNullable<MappedCollection['where']>,
  onBytes: ((bytes: number) => void) | undefined,
  onLeftOut: ((found: SourceDocument) => void) | undefined,
): AsyncGenerator<Found, void, undefined> {
  for await (const found of collection.read(onBytes)) {
    if (isUnreadable(found) || takes(found.document, where)) yield found;
    else onLeftOut?.(found);
  }
}

/**
 * Whether a mapping takes a document that was read before, judging by the collection in which it was found; if the
 * mapping no longer has that collection, any of its present ones may take it.
 */
export const takenBy = ({ collections }: MappedType, found: Pick<SourceDocument, 'document' | 'place'>): boolean => {
  const name = collectionAt(found.place, collections);
  return collections.some((one) => (name === undefined || one.name === name) && takes(found.document, one.where));
};
