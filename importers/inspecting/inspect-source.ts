import { setImmediate as breathe } from 'node:timers/promises';
import type { CompiledMapping } from '../mappings/compile.ts';
import { valueAt } from '../mappings/path.ts';
import { isSourceError, isUnreadable, type Source, type SourceCollection, type SourceProblem } from '../source.ts';
import { type InspectedCollection, type Inspector, inspectCollection, labelOf } from './inspect-collection.ts';
import { keyOf, kindOf } from './kinds-of-documents.ts';
import { isKind } from './nouns.ts';
import { type Referable, referredTo } from './references-found.ts';

export type Inspection = {
  readonly source: string;
  /** What the database is called, or the folder with its files. */
  readonly database?: string;
  readonly mapping: { readonly name: string; readonly version: string };
  readonly collections: readonly InspectedCollection[];
  /** Collections whose documents seem to be of several kinds, divided by the field that names the kind. */
  readonly parts: readonly InspectedCollection[];
  readonly notes: readonly string[];
};

type Options = {
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Called with the documents read so far, and the share of all bytes read. */
  readonly onProgress?: (documents: number, share: number) => void;
};

/**
 * Reads a source, and reports what is in it and what a mapping makes of it. Writes nothing. A collection is read a second
 * time only if its documents seem to be of several kinds.
 */
export const inspectSource = async (
  source: Source,
  name: string,
  mapping: CompiledMapping,
  { signal, now, onProgress = () => {} }: Options,
): Promise<Inspection> => {
  const totalBytes = source.collections.reduce((sum, collection) => sum + collection.totalBytes, 0);
  const read = { documents: 0, bytes: 0 };
  const tick = async () => {
    if (++read.documents % 500 !== 0) return;
    signal.throwIfAborted();
    onProgress(read.documents, read.bytes / Math.max(1, totalBytes));
    await breathe();
  };
  const onBytes = (bytes: number) => {
    read.bytes += bytes;
  };
  const whole: Read[] = [];
  const parts: Read[] = [];
  for (const collection of source.collections) {
    const inspector = inspectCollection({ name: collection.name }, { mapping, now });
    const problem = await readInto(collection, tick, onBytes, {
      add: (document) => inspector.add(document),
      addUnreadable: () => inspector.addUnreadable(),
    });
    const read = { inspector, result: inspector.result(problem) };
    whole.push(read);
    parts.push(...(await partsOf(collection, read, tick)));
  }
  const referable = [...whole, ...parts].map(({ inspector }) => inspector.referable());
  const ofWhole = new Map(whole.map(({ result }, index) => [result.name, referable[index]!]));
  return {
    source: name,
    ...(source.database === undefined ? {} : { database: source.database }),
    mapping: { name: mapping.name, version: mapping.version },
    collections: whole.map((one) => {
      const sameIds = sameIdsAs(one.result, ofWhole);
      return { ...withReferences(one, referable), ...(sameIds.length === 0 ? {} : { sameIds }) };
    }),
    parts: parts.map((one) => withReferences(one, referable)),
    notes: source.notes,
  };
};

type Read = { readonly inspector: Inspector; readonly result: InspectedCollection };

/** Reads a collection to its end, or to where it cannot be read any further. */
const readInto = async (
  collection: SourceCollection,
  tick: () => Promise<void>,
  onBytes: (bytes: number) => void,
  into: Pick<Inspector, 'add' | 'addUnreadable'>,
): Promise<SourceProblem | undefined> => {
  try {
    for await (const found of collection.read(onBytes)) {
      await tick();
      if (isUnreadable(found)) into.addUnreadable();
      else into.add(found.document);
    }
    return undefined;
  } catch (error) {
    if (!isSourceError(error)) throw error;
    return error.problem;
  }
};

/** A field with more values does not say what kind a document is. */
const maxParts = 24;

/** The parts of a collection with documents of several kinds. */
const partsOf = async (
  collection: SourceCollection,
  { inspector, result }: Read,
  tick: () => Promise<void>,
): Promise<Read[]> => {
  const mayShow = new Set(result.paths.flatMap(({ path, personal }) => (personal ? [] : [path])));
  const discriminator = inspector.kinds.likely(isKind).find(({ path }) => mayShow.has(path));
  if (discriminator === undefined) return [];
  const { path } = discriminator;
  const parts = new Map<string, Inspector>();
  await readInto(collection, tick, () => {}, {
    add(document) {
      const value = kindOf(valueAt(document, path));
      if (value === undefined) return;
      let part = parts.get(keyOf(value));
      if (part === undefined && parts.size < maxParts) {
        part = inspectCollection({ name: collection.name, where: { path, value } });
        parts.set(keyOf(value), part);
      }
      part?.add(document);
    },
    addUnreadable: () => {},
  });
  return [...parts.values()].map((inspector) => ({ inspector, result: inspector.result() }));
};

/** From this share on, two collections have the same documents. */
const mostOfThem = 0.5;

/**
 * The collections that have the `_id`s of this one. Collections often number their documents alike: then codes or e-mail addresses
 * must be the same, too.
 */
const sameIdsAs = (
  { name, paths }: InspectedCollection,
  all: ReadonlyMap<string, Referable>,
): { readonly in: string; readonly share: number }[] => {
  const own = all.get(name)!.keys;
  const isNumbered = paths.some(({ path, numbers }) => path === '_id' && numbers !== undefined);
  const sharedBy = (path: string, other: Referable) => {
    const [ids, theirs] = [own.get(path), other.keys.get(path)];
    return ids === undefined || theirs === undefined ? 0 : ids.shareIn(theirs);
  };
  const isNumber = (path: string) => paths.some((one) => one.path === path && one.numbers !== undefined);
  return [...all].flatMap(([label, other]) => {
    const share = label === name ? 0 : sharedBy('_id', other);
    if (share < mostOfThem) return [];
    const isSame = [...own.keys()].some(
      (path) => path !== '_id' && !isNumber(path) && sharedBy(path, other) >= mostOfThem,
    );
    return isNumbered && !isSame ? [] : [{ in: label, share }];
  });
};

const withReferences = ({ inspector, result }: Read, all: readonly Referable[]): InspectedCollection => {
  const label = labelOf(result);
  const names = inspector.names();
  return {
    ...result,
    paths: result.paths.map((path) => {
      if (path.path === '_id') return path;
      const refersTo = referredTo(names.get(path.path) ?? new Set(), label, all);
      return refersTo.length === 0 ? path : { ...path, refersTo };
    }),
  };
};
