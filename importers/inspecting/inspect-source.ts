import { setImmediate as breathe } from 'node:timers/promises';
import { collectionPlans } from '../collections.ts';
import { consentKindOf } from '../legacy/consent/names.ts';
import type { CompiledMapping, MappedType } from '../mappings/compile.ts';
import { isTaken } from '../mappings/filter.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import { isSourceError, isUnreadable, type Source, type SourceCollection, type SourceProblem } from '../source.ts';
import type { PathProfile } from './path-profile.ts';
import { isPersonal } from './personal-paths.ts';
import { type CollectionProfile, profileCollection } from './profile-collection.ts';
import { type FoundIds, foundIds, referredTo } from './references-found.ts';
import { emptyTrial, type Trial, tryDocument } from './try-mapping.ts';

/** What is at one path of a collection. Counts are of documents; a value in a list counts each time. */
export type InspectedPath = {
  readonly path: string;
  readonly documents: number;
  readonly types: Readonly<Record<string, number>>;
  /** The fields of openhouse that it feeds: `listings.listPrice`. */
  readonly feeds: readonly string[];
  /** Nothing reads it. */
  readonly unread: boolean;
  /** Its values may be personal: only their shapes are shown. */
  readonly personal: boolean;
  /** The different spellings of a short field. */
  readonly values?: Readonly<Record<string, number>>;
  /** What texts look like, without what they say: `(999) 999-9999`. */
  readonly shapes?: Readonly<Record<string, number>>;
  /** What most texts look like. */
  readonly looksLike?: string;
  readonly numbers?: { readonly min: number; readonly max: number };
  /** The collections whose `_id`s its values are, the surest first. */
  readonly refersTo?: readonly string[];
  /** ISO 8601. */
  readonly dates?: { readonly min: string; readonly max: string };
};

export type InspectedCollection = {
  readonly name: string;
  readonly documents: number;
  readonly unreadable: number;
  /** How a sample is understood as each record type that the mapping takes from here. */
  readonly recordTypes: readonly ({ readonly type: string } & Trial)[];
  readonly paths: readonly InspectedPath[];
  /** There are more paths than are listed. */
  readonly morePaths: boolean;
  readonly problem?: SourceProblem;
};

export type Inspection = {
  readonly source: string;
  readonly mapping: { readonly name: string; readonly version: string };
  readonly collections: readonly InspectedCollection[];
  readonly notes: readonly string[];
};

/** Every document at first, then every twentieth. */
const sampledAtFirst = 1_000;
const sampledEvery = 20;

type Options = {
  readonly signal: AbortSignal;
  /** Called with the documents read so far, and the share of all bytes read. */
  readonly onProgress?: (documents: number, share: number) => void;
};

/** Reads a source once, and reports what is in it and what a mapping makes of it. Writes nothing. */
export const inspectSource = async (
  source: Source,
  name: string,
  mapping: CompiledMapping,
  { signal, onProgress = () => {} }: Options,
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
  const inspected: Awaited<ReturnType<typeof inspectCollection>>[] = [];
  for (const collection of source.collections) {
    inspected.push(await inspectCollection(collection, mapping, tick, onBytes));
  }
  return {
    source: name,
    mapping: { name: mapping.name, version: mapping.version },
    collections: inspected.map(({ names, ids: _, paths, ...collection }) => ({
      ...collection,
      paths: paths.map((path) => withReferences(path, names.get(path.path), inspected)),
    })),
    notes: source.notes,
  };
};

const withReferences = (
  path: InspectedPath,
  names: ReadonlySet<string> | undefined,
  collections: readonly { readonly name: string; readonly ids: FoundIds }[],
): InspectedPath => {
  const refersTo = path.path === '_id' || names === undefined ? [] : referredTo(names, collections);
  return refersTo.length === 0 ? path : { ...path, refersTo };
};

const inspectCollection = async (
  collection: SourceCollection,
  mapping: CompiledMapping,
  tick: () => Promise<void>,
  onBytes: (bytes: number) => void,
): Promise<InspectedCollection & { readonly ids: FoundIds; readonly names: ReadonlyMap<string, Set<string>> }> => {
  const ids = foundIds();
  const types = typesFrom(collection.name, mapping);
  const trials = types.map(({ mapped, where }) => ({ mapped, where, trial: emptyTrial() }));
  const profile = profileCollection();
  const counts = { documents: 0, unreadable: 0 };
  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(onBytes)) {
      await tick();
      if (isUnreadable(found)) {
        counts.unreadable++;
        continue;
      }
      const index = counts.documents++;
      ids.add(found.document._id);
      try {
        profile.add(found.document);
      } catch {
        counts.unreadable++; // nested too deeply
      }
      if (index >= sampledAtFirst && index % sampledEvery !== 0) continue;
      for (const { mapped, where, trial } of trials) {
        if (isTakenSafely(found.document, where)) tryDocument(trial, mapped, found.document);
      }
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  const mapped = types.map((one) => one.mapped);
  return {
    name: collection.name,
    ...counts,
    recordTypes: trials.map(({ mapped, trial }) => ({ type: mapped.type, ...trial })),
    ids,
    names: new Map([...profile.paths].map(([path, { names }]) => [path, names])),
    paths: pathsIn(profile, mapped),
    morePaths: profile.morePaths(),
    ...(problem === undefined ? {} : { problem }),
  };
};

const isTakenSafely = (...[document, where]: Parameters<typeof isTaken>): boolean => {
  try {
    return isTaken(document, where);
  } catch {
    return true;
  }
};

/** The record types that a mapping takes from a collection. */
const typesFrom = (name: string, mapping: CompiledMapping) =>
  recordTypeNames.flatMap((type) => {
    const mapped = mapping.types[type];
    const taken = mapped?.collections.find((collection) => collection.name === name);
    return mapped === undefined || taken === undefined ? [] : [{ mapped, where: taken.where }];
  });

const pathsIn = (profile: CollectionProfile, types: readonly MappedType[]): InspectedPath[] => {
  const feeds = (path: string) =>
    types.flatMap(({ type, paths }) => {
      const slots = paths.get(path);
      return slots === undefined ? [] : slots.length === 0 ? [type] : slots.map((slot) => `${type}.${slot}`);
    });
  // A path is read too if something around it or inside it is.
  const isRead = (path: string) =>
    types.some(
      (mapped) =>
        [...mapped.paths.keys()].some(
          (read) => read === path || read.startsWith(`${path}.`) || path.startsWith(`${read}.`),
        ) || readsByName(mapped, path),
    );
  return [...profile.paths].map(([path, found]) =>
    inspected(path, found, feeds(path), !isBookkeeping(path) && !isRead(path)),
  );
};

const isBookkeeping = (path: string) => path === '_id' || path === '__v' || path.startsWith('_id.');

const readsByName = ({ type }: MappedType, path: string): boolean => {
  const names = path.split('.');
  const [parent, name] = [names.at(-2) ?? '', names.at(-1)!];
  const { collection } = recordTypes[type];
  if (collection === 'contacts' && consentKindOf(parent, name) !== undefined) return true;
  return collection !== 'alerts_sent' && collectionPlans[collection].readsByName(parent, name);
};

const inspected = (path: string, found: PathProfile, feeds: readonly string[], unread: boolean): InspectedPath => {
  const isSwitch = [...found.types.keys()].every((type) => type === 'yes/no');
  const personal = !isSwitch && isPersonal(path, feeds, found);
  const different = found.values === 'many' ? Number.POSITIVE_INFINITY : found.values.size;
  const isLookup = different > 0 && different <= 40 && (found.valueCount >= 2 * different || different <= 3);
  const texts = [...found.shapes.values()].reduce((sum, count) => sum + count, 0);
  const [look] = [...found.looks].sort(([, a], [, b]) => b - a);
  return {
    path,
    documents: found.documents,
    types: sorted(found.types),
    feeds,
    unread,
    personal,
    ...(isLookup && !personal ? { values: sorted(found.values as Map<string, number>) } : {}),
    ...((!isLookup || personal) && texts > 0 ? { shapes: sorted(found.shapes, 6) } : {}),
    ...(look !== undefined && look[0] !== 'other' && (!isLookup || personal) ? { looksLike: look[0] } : {}),
    ...(found.numbers === undefined || personal ? {} : { numbers: found.numbers }),
    ...(found.dates === undefined
      ? {}
      : { dates: { min: new Date(found.dates.min).toISOString(), max: new Date(found.dates.max).toISOString() } }),
  };
};

const sorted = (
  counts: ReadonlyMap<string, number>,
  most = Number.POSITIVE_INFINITY,
): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).slice(0, most));
