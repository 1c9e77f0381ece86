import { collectionPlans } from '../collections.ts';
import { consentKindOf } from '../legacy/consent/names.ts';
import type { LegacyDocument } from '../legacy/looked.ts';
import type { CompiledMapping, MappedType } from '../mappings/compile.ts';
import { valueAt } from '../mappings/path.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import { takenBy } from '../mappings/route.ts';
import { datePaths, isPolled } from '../mongo/following/polling/date-forms.ts';
import type { SourceProblem } from '../source.ts';
import { type InspectedPath, inspectedPath } from './inspected-path.ts';
import { type KindTally, type KindValue, kindTally } from './kinds-of-documents.ts';
import { profileCollection } from './profile-collection.ts';
import { type FoundIds, foundIds, idName, type Referable } from './references-found.ts';
import { emptyTrial, type Trial, tryDocument } from './try-mapping.ts';

export type InspectedCollection = {
  readonly name: string;
  /** For a part of a collection: the field and the value that all of its documents have. */
  readonly where?: { readonly path: string; readonly value: KindValue };
  readonly documents: number;
  readonly unreadable: number;
  /**
   * Of how many documents following cannot find changes by their date, because they have none or it does not sort by time; missing if
   * the mapping names no date of the last change here.
   */
  readonly notByDate?: number;
  /** How a sample is understood as each record type that the mapping takes from here. */
  readonly recordTypes: readonly ({ readonly type: string } & Trial)[];
  readonly paths: readonly InspectedPath[];
  /** Collections with the same `_id`s, and the share of this one's that they have. */
  readonly sameIds?: readonly { readonly in: string; readonly share: number }[];
  /** There are more paths than are listed. */
  readonly morePaths: boolean;
  readonly problem?: SourceProblem;
};

/** What a collection, or a part of one, is called. */
export const labelOf = ({ name, where }: Pick<InspectedCollection, 'name' | 'where'>): string =>
  where === undefined ? name : `${name} where ${where.path} is ${JSON.stringify(where.value)}`;

/** Every document at first, then every twentieth. */
const sampledAtFirst = 1_000;
const sampledEvery = 20;

/** What was found in a collection, before it is known what refers to what. */
export type Inspector = {
  add(document: LegacyDocument): void;
  addUnreadable(): void;
  readonly kinds: KindTally;
  /** What other documents may refer to. */
  referable(): Referable;
  /** Some values of each path, as IDs are called. */
  names(): ReadonlyMap<string, ReadonlySet<string>>;
  result(problem?: SourceProblem): InspectedCollection;
};

export const inspectCollection = (
  of: Pick<InspectedCollection, 'name' | 'where'>,
  options?: { readonly mapping: CompiledMapping; readonly now: Date },
): Inspector => {
  const ids = foundIds();
  const types = options === undefined ? [] : typesFrom(of.name, options.mapping);
  const dates = datePaths(types, of.name);
  const trials = types.map((mapped) => ({ mapped, trial: emptyTrial() }));
  const place = `${of.name}/`;
  const profile = profileCollection();
  const kinds = kindTally();
  const counts = { documents: 0, unreadable: 0 };
  let notByDate = 0;
  return {
    kinds,
    add(document) {
      const index = counts.documents++;
      const id = idName(document._id);
      if (id !== undefined) ids.add(id);
      try {
        profile.add(document);
      } catch {
        counts.unreadable++; // nested too deeply
      }
      if (!dates.some((path) => isPolled(valueAt(document, path)))) notByDate++;
      if (index >= sampledAtFirst && index % sampledEvery !== 0) return;
      kinds.add(document);
      for (const { mapped, trial } of trials) {
        if (takenBy(mapped, { document, place })) tryDocument(trial, mapped, document, { place, now: options!.now });
      }
    },
    addUnreadable() {
      counts.unreadable++;
    },
    referable: () => ({
      label: labelOf(of),
      keys: new Map<string, FoundIds>([['_id', ids], ...keysIn(profile.paths, counts.documents)]),
    }),
    names: () => new Map([...profile.paths].map(([path, { names }]) => [path, names])),
    result: (problem) => ({
      ...of,
      ...counts,
      ...(dates.length === 0 ? {} : { notByDate }),
      recordTypes: trials.map(({ mapped, trial }) => ({ type: mapped.type, ...trial })),
      paths: pathsIn(profile.paths, of.name, types),
      morePaths: profile.morePaths(),
      ...(problem === undefined ? {} : { problem }),
    }),
  };
};

type Profiles = ReturnType<typeof profileCollection>['paths'];

/** A few for each collection: there is a name, a code and an address that others may use, rarely more. */
const maxKeys = 12;

const keysIn = (paths: Profiles, documents: number): [string, FoundIds][] =>
  [...paths]
    .flatMap(([path, { key, documents: having }]): [string, FoundIds][] => {
      const ids = path === '_id' || having < documents / 2 ? undefined : key.ids();
      return ids === undefined ? [] : [[path, ids]];
    })
    .slice(0, maxKeys);

/** The record types that a mapping takes from a collection. */
const typesFrom = (name: string, mapping: CompiledMapping): MappedType[] =>
  recordTypeNames.flatMap((type) => {
    const mapped = mapping.types[type];
    return mapped?.collections.some((collection) => collection.name === name) ? [mapped] : [];
  });

const pathsIn = (profiles: Profiles, name: string, types: readonly MappedType[]): InspectedPath[] => {
  const read = new Map(types.map((mapped) => [mapped, mapped.pathsIn(name)]));
  const feeds = (path: string) =>
    [...read].flatMap(([{ type }, paths]) => {
      const slots = paths.get(path);
      return slots === undefined ? [] : slots.length === 0 ? [type] : slots.map((slot) => `${type}.${slot}`);
    });
  // A path is read too if something around it or inside it is.
  const isRead = (path: string) =>
    [...read].some(
      ([mapped, paths]) =>
        [...paths.keys()].some((read) => read === path || read.startsWith(`${path}.`) || path.startsWith(`${read}.`)) ||
        readsByName(mapped, path),
    );
  const consent = types.filter(({ type }) => recordTypes[type].collection === 'contacts');
  return [...profiles].map(([path, found]) => {
    const shown = inspectedPath(path, found, feeds(path), !isBookkeeping(path) && !isRead(path));
    // Added afterwards, because masking goes by what the mapping reads, and no mapping names this field.
    const isConsent = shown.feeds.length === 0 && saysConsent(path);
    return isConsent ? { ...shown, feeds: consent.map(({ type }) => `${type}.emailOptOut`) } : shown;
  });
};

/** Whether a lead's consent is read from there, whatever the mapping says. */
const saysConsent = (path: string): boolean => {
  const names = path.split('.');
  return consentKindOf(names.at(-2) ?? '', names.at(-1)!) !== undefined;
};

/** Whether a path says nothing about the record. */
export const isBookkeeping = (path: string) => path === '_id' || path === '__v' || path.startsWith('_id.');

/** Whether a record type's reader finds a value by the name of its field, without a mapping's help. */
export const readsByName = ({ type }: Pick<MappedType, 'type'>, path: string): boolean => {
  const names = path.split('.');
  const [parent, name] = [names.at(-2) ?? '', names.at(-1)!];
  const { collection } = recordTypes[type];
  if (collection === 'contacts' && saysConsent(path)) return true;
  return collection !== 'alerts_sent' && collectionPlans[collection].readsByName(parent, name);
};
