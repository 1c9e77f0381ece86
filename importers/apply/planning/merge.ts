import { sameValue } from '../../../domain/changes.ts';
import type { OtherValue, Warning } from '../../../domain/values.ts';
import { type Reference, shownReference } from '../../legacy/fields/ids/reference.ts';
import type { AgentDirectory } from '../../staging/references/references.ts';
import type { RecordDocument } from '../load-pending.ts';

type Fields = Record<string, unknown>;

/** By the time of the last change (or creation), then by ID. */
export const inTimeOrder = <Document extends RecordDocument>(documents: readonly Document[]): Document[] =>
  [...documents].sort((a, b) => compare(lastTime(a), lastTime(b)) || compare(a.legacyId, b.legacyId));

const lastTime = (document: RecordDocument) => document.updatedAt ?? document.createdAt ?? '';
/**
 * Documents by when they got their present values in these fields; the last one wins. A document that was
 * edited elsewhere keeps its place, since its value here is older. If a document was never seen to change, its own date
 * counts.
 */
export const inOrderOf = <One extends OfDocument>(said: readonly One[], ...names: readonly string[]): One[] =>
  said.length < 2
    ? [...said]
    : said
        .map((one) => ({ one, at: lastChange(one, names) }))
        .sort((a, b) => compare(a.at, b.at) || byId(a.one, b.one))
        .map(({ one }) => one);

/** When a document last changed any of these fields, ISO 8601; empty if that is not known. */
export const lastChange = ({ document: { since, fieldTimes } }: OfDocument, names: readonly string[]): string =>
  [since ?? '', ...names.flatMap((name) => fieldTimes[name] ?? [])].sort().at(-1)!;

type OfDocument = { readonly document: RecordDocument };

const byId = (a: OfDocument, b: OfDocument) => compare(a.document.legacyId, b.document.legacyId);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `collection/id` of each document, starting with the one that gave the record its key. */
export const legacyIdsOf = (documents: readonly RecordDocument[]): string[] =>
  [...documents].sort((a, b) => Number(a.merged) - Number(b.merged) || compare(a.legacyId, b.legacyId)).map(nameOf);

/** How documents about the same thing are merged. */
export type MergeRules = {
  /**
   * Fields that only mean something together (both ends of a budget, the parts of an address): they come from a single
   * document, never mixed.
   */
  readonly units: readonly (readonly string[])[];
  /** How good a document's values for a unit are; between equals the later document wins. */
  readonly rank: (unit: Fields) => number;
  /** Lists that are collected from all documents. */
  readonly joined: readonly string[];
};

/** The document that each field comes from. */
export type Sources = ReadonlyMap<string, RecordDocument>;

export type Said = {
  readonly document: RecordDocument;
  readonly fields: Fields;
  /** Further values for single-valued fields: the second number of "561-555-0136 / 561-555-0199". */
  readonly further?: readonly { readonly field: string; readonly value: string }[];
};

/**
 * Merges the documents about one thing into one record. For each unit, the document that changed it last wins (see
 * `inOrderOf`), and the others fill gaps. Within a unit, a document fills a gap only if it agrees with at least one of
 * the fields and contradicts none. Differing values are kept in `otherValues`. A warning stays with its field, unless
 * another document filled that field.
 */
export const mergeFields = (said: readonly Said[], rules: MergeRules): { fields: Fields; sources: Sources } => {
  // Nearly every record has one document, and an import spent a tenth of its time for appending here.
  if (said.length === 1) return fieldsOfOne(said[0]!, rules);
  const byName = [...said].sort(byId);
  const fields: Fields = {};
  const sources = new Map<string, RecordDocument>();
  for (const unit of unitsOf(said, rules.units)) {
    const shares = inOrderOf(said, ...unit)
      .map(({ document, fields }) => ({ document, share: shareOf(fields, unit) }))
      .filter(({ share }) => Object.keys(share).length > 0);
    // The sort is stable, so of equals the later document comes first.
    const [best, ...others] = shares.reverse().sort((a, b) => rules.rank(b.share) - rules.rank(a.share));
    const take = ({ document, share }: (typeof shares)[number]) => {
      for (const [name, value] of Object.entries(share)) {
        if (name in fields) continue;
        fields[name] = value;
        sources.set(name, document);
      }
    };
    if (best === undefined) continue;
    take(best);
    for (const other of others) if (agree(shareOf(fields, unit), other.share)) take(other);
    const [name] = unit;
    if (unit.length === 1 && rules.joined.includes(name!))
      fields[name!] = joined(shares.map(({ share }) => share[name!]));
  }
  const others = otherValues(byName, fields, rules.joined);
  if (others.length > 0) fields.otherValues = others;
  const warnings = byName.flatMap(({ document, fields }) =>
    ((fields.warnings as Warning[] | undefined) ?? []).filter(
      ({ field }) => (sources.get(field) ?? document) === document,
    ),
  );
  if (warnings.length > 0) fields.warnings = distinct(warnings);
  return { fields, sources };
};

/** What merging a single document results in, in the same order. */
const fieldsOfOne = ({ document, fields: given, further = [] }: Said, rules: MergeRules) => {
  const fields: Fields = {};
  const sources = new Map<string, RecordDocument>();
  const take = (name: string, alone: boolean) => {
    const value = given[name];
    if (isEmpty(value)) return;
    fields[name] = alone && rules.joined.includes(name) ? joined([value]) : value;
    sources.set(name, document);
  };
  for (const unit of rules.units) for (const name of unit) take(name, unit.length === 1);
  for (const name of Object.keys(given)) if (!apart.has(name) && !sources.has(name)) take(name, true);
  const others = further
    .filter(({ field, value }) => !sameValue(value, fields[field]))
    .map((other): OtherValue => ({ ...other, legacyId: nameOf(document) }))
    .sort((a, b) => compare(a.field, b.field));
  if (others.length > 0) fields.otherValues = others;
  const warnings = (given.warnings as Warning[] | undefined) ?? [];
  if (warnings.length > 0) fields.warnings = distinct(warnings);
  return { fields, sources };
};

/** Fields about the document itself, or collected from all documents elsewhere. */
const apart: ReadonlySet<string> = new Set(['warnings', 'otherValues', 'legacyIds', 'modificationTimestamp']);

const unitsOf = (said: readonly Said[], units: MergeRules['units']): readonly (readonly string[])[] => {
  const inUnits = new Set(units.flat());
  const names = new Set(said.flatMap(({ fields }) => Object.keys(fields)));
  return [...units, ...[...names].filter((name) => !inUnits.has(name) && !apart.has(name)).map((name) => [name])];
};

const shareOf = (fields: Fields, unit: readonly string[]): Fields =>
  Object.fromEntries(unit.filter((name) => !isEmpty(fields[name])).map((name) => [name, fields[name]]));

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

const agree = (one: Fields, other: Fields): boolean => {
  const shared = Object.keys(other).filter((name) => name in one);
  return shared.length > 0 && shared.every((name) => sameValue(one[name], other[name]));
};

/** The items of later documents come first, since those documents take precedence. */
const joined = (lists: readonly unknown[]): unknown[] => [
  ...new Map(lists.flat().map((item) => [JSON.stringify(item), item])).values(),
];

const otherValues = (said: readonly Said[], merged: Fields, joinedLists: readonly string[]): OtherValue[] => {
  const others = said.flatMap(({ document, fields, further = [] }) => [
    ...further
      .filter(({ field, value }) => !sameValue(value, merged[field]))
      .map((other): OtherValue => ({ ...other, legacyId: nameOf(document) })),
    ...Object.entries(fields)
      .filter(
        ([name, value]) => !apart.has(name) && !addresses.has(name) && !joinedLists.includes(name) && !isEmpty(value),
      )
      .filter(([name, value]) => !sameValue(value, merged[name]))
      .map(([field, value]): OtherValue => ({ field, value: asText(value), legacyId: nameOf(document) })),
  ]);
  return others.sort((a, b) => compare(a.field, b.field));
};

/** An address that is not the main one becomes one of the others. */
const addresses: ReadonlySet<string> = new Set(['email', 'otherEmails']);

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `collection/id`: the name of a document on records and in metadata. */
export const nameOf = ({ collection, legacyId }: RecordDocument): string => `${collection}/${legacyId}`;

const distinct = (warnings: readonly Warning[]): Warning[] => [
  ...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values(),
];

/** An agent named by a document, as `field` of the record. */
type NamedAgent = {
  readonly field: string;
  readonly document: RecordDocument | undefined;
  readonly reference: Reference | undefined;
};

/**
 * A copy of the fields with the agent named by a document, or with a warning if that reference points nowhere or is
 * ambiguous. Records the document in `sources`.
 */
export const withAgent = (
  fields: Fields,
  sources: Map<string, RecordDocument>,
  agents: AgentDirectory,
  { field, document, reference }: NamedAgent,
): Fields => {
  if (document === undefined || reference === undefined) return fields;
  sources.set(field, document);
  const memberKey = agents.keyOf(reference);
  return memberKey === undefined
    ? withWarning(fields, field, `reference-${agents.whyNot(reference)}`, reference)
    : { ...fields, [field]: memberKey };
};

/** A copy of the fields in which agents whom other documents name as `field` are kept in `otherValues`. */
export const withOtherAgents = (
  fields: Fields,
  field: string,
  named: readonly { readonly document: RecordDocument; readonly memberKey: string }[],
): Fields => {
  const others = named
    .filter(({ memberKey }) => memberKey !== fields[field])
    .map(({ document, memberKey }): OtherValue => ({ field, value: memberKey, legacyId: nameOf(document) }));
  if (others.length === 0) return fields;
  const all = [...((fields.otherValues as OtherValue[] | undefined) ?? []), ...others];
  return { ...fields, otherValues: all.sort((a, b) => compare(a.field, b.field) || compare(a.legacyId, b.legacyId)) };
};

/** A copy of the fields with a warning about one of them; `reference` is shown as in the old CRM. */
export const withWarning = (fields: Fields, field: string, code: string, reference: Reference): Fields => ({
  ...fields,
  warnings: [
    ...((fields.warnings as Warning[] | undefined) ?? []),
    { field, code, found: shownReference(reference).slice(0, 200) },
  ],
});
