import { type RecordTypeName, recordTypeNames } from '../../mappings/record-types.ts';
import { type InspectedCollection, labelOf } from '../inspect-collection.ts';
import type { Inspection } from '../inspect-source.ts';
import { isKindOf } from '../nouns.ts';
import { bestFit, type Fields, type Fit, fieldsOf, isCalled } from './fit.ts';
import { inCommon } from './in-common.ts';
import { copiesIn } from './names/copies.ts';
import type { KnownNames } from './names/known-names.ts';
import { noTypes, type Types } from './references.ts';

/** A record type, and the collections or parts of collections that seem to have its documents. */
export type Group = {
  readonly type: RecordTypeName;
  readonly members: readonly InspectedCollection[];
  readonly fields: Fields;
};

type Left = { readonly of: InspectedCollection; readonly like?: RecordTypeName; readonly copyOf?: string };

export type Grouping = {
  readonly groups: readonly Group[];
  /** By the labels of their members. */
  readonly types: Types;
  /** What is in no group, with the record type that it resembles, or the collection of which it is a copy. */
  readonly left: readonly Left[];
};

/** Which collections have documents of which record type. */
export const groupCollections = ({ collections, parts }: Inspection, known: KnownNames): Grouping => {
  const copies = copiesIn(collections);
  const filled = collections.filter(({ name, documents }) => documents > 0 && !copies.has(name));
  let grouping: Grouping = { groups: [], types: noTypes, left: [] };
  // What refers to leads, agents and listings is found once these are, and what refers to saved searches after that.
  for (let round = 0; round < 4; round++) {
    const { types } = grouping;
    const candidates = filled.flatMap((collection) => {
      const whole = candidate(collection, known, types);
      const divided = parts.filter(({ name }) => name === collection.name).map((part) => candidate(part, known, types));
      return areOfSeveralTypes(divided) ? divided : [whole];
    });
    grouping = groupsOf(candidates, known, types);
  }
  const copied = collections.flatMap((of): Left[] => {
    const copyOf = copies.get(of.name);
    return copyOf === undefined ? [] : [{ of, copyOf }];
  });
  return { ...grouping, left: [...copied, ...grouping.left] };
};

type Candidate = { readonly of: InspectedCollection; readonly best: Fit | undefined };

const candidate = (of: InspectedCollection, known: KnownNames, types: Types): Candidate => ({
  of,
  best: bestFit(of, known, types),
});

/**
 * Whether parts of one collection are of several record types: because that is what the values are called, or because
 * their documents have little in common.
 */
const areOfSeveralTypes = (parts: readonly Candidate[]): boolean =>
  parts.some((one) =>
    parts.some((other) => {
      if (one.best === undefined || other.best === undefined || one.best.type === other.best.type) return false;
      const isCalledSo = ({ of, best }: Candidate) => isKindOf(best!.type, of.where?.value);
      return (isCalledSo(one) && isCalledSo(other)) || inCommon(one.of, other.of) < 0.5;
    }),
  );

const groupsOf = (candidates: readonly Candidate[], known: KnownNames, types: Types): Grouping => {
  const grouped = recordTypeNames.flatMap((type): Group[] => {
    const fitting = candidates
      .filter(({ best }) => best?.type === type)
      .sort((a, b) => b.best!.score - a.best!.score || b.of.documents - a.of.documents);
    const [first, ...others] = fitting;
    if (first === undefined) return [];
    const members = [first.of];
    let fields = first.best!.fields;
    for (const { of } of others) {
      const own = fieldsOf(type, of, known[type], types, fields);
      if (!areAlike(type, first.of, of)) continue;
      members.push(of);
      fields = together(fields, own);
    }
    return [{ type, members, fields }];
  });
  const byLabel = new Map(grouped.flatMap(({ type, members }) => members.map((of) => [labelOf(of), type] as const)));
  const left = candidates.flatMap(({ of, best }) =>
    byLabel.has(labelOf(of)) ? [] : [{ of, ...(best === undefined ? {} : { like: best.type }) }],
  );
  return { groups: grouped, types: byLabel, left };
};

/** Whether two collections that fit a record type both have its documents: parts of one, named after it, or with the same fields. */
const areAlike = (type: RecordTypeName, first: InspectedCollection, other: InspectedCollection): boolean =>
  (first.where !== undefined && first.name === other.name) ||
  (isCalled(type, first) && isCalled(type, other)) ||
  inCommon(first, other) >= 0.5;

/** The paths of both, without repetitions; as many as a mapping may have for one field. */
const together = (one: Fields, other: Fields): Fields => {
  const slots = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    slots.map((slot) => {
      const paths = [...(one[slot] ?? [])];
      for (const path of other[slot] ?? []) {
        const at = paths.findIndex((known) => known.path === path.path);
        if (at < 0) paths.push(path);
        else paths[at] = merged(paths[at]!, path);
      }
      return [slot, paths.slice(0, 20)];
    }),
  );
};

/** What two collections have at one path; what they look like is as in the first. */
const merged = (one: Fields[string][number], other: Fields[string][number]): Fields[string][number] => ({
  ...other,
  ...one,
  documents: one.documents + other.documents,
  types: added(one.types, other.types),
  ...(one.values === undefined && other.values === undefined
    ? {}
    : { values: added(one.values ?? {}, other.values ?? {}) }),
  refersTo: one.refersTo ?? other.refersTo ?? [],
});

const added = (
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  const sums = new Map(Object.entries(one));
  for (const [name, count] of Object.entries(other)) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries(sums);
};
