import { sameValue } from '../../../domain/changes.ts';
import type { OtherValue, Warning } from '../../../domain/values.ts';
import { type Reference, shownReference } from '../../legacy/fields/ids/reference.ts';
import type { LostReference } from '../../staging/references/references.ts';
import type { RecordDocument } from '../load-pending.ts';

type Fields = Record<string, unknown>;

/** By when they were last changed (or made), then by id. */
export const inTimeOrder = <Document extends RecordDocument>(documents: readonly Document[]): Document[] =>
  [...documents].sort((a, b) => compare(lastTime(a), lastTime(b)) || compare(a.legacyId, b.legacyId));

const lastTime = (document: RecordDocument) => document.updatedAt ?? document.createdAt ?? '';
/**
 * In the order in which they came to say what they say in these fields; what is last wins. A document that was edited elsewhere
 * keeps its place: its other values were there before. As long as a document was never seen to change, its own date counts.
 */
export const inOrderOf = <One extends OfDocument>(said: readonly One[], ...names: readonly string[]): One[] =>
  said
    .map((one) => ({ one, at: lastChange(one, names) }))
    .sort((a, b) => compare(a.at, b.at) || byId(a.one, b.one))
    .map(({ one }) => one);

const lastChange = ({ document: { since, fieldTimes } }: OfDocument, names: readonly string[]): string =>
  [since ?? '', ...names.flatMap((name) => fieldTimes[name] ?? [])].sort().at(-1)!;

type OfDocument = { readonly document: RecordDocument };

const byId = (a: OfDocument, b: OfDocument) => compare(a.document.legacyId, b.document.legacyId);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `collection/id` of each document, the one that gave the record its key first. */
export const legacyIdsOf = (documents: readonly RecordDocument[]): string[] =>
  [...documents].sort((a, b) => Number(a.merged) - Number(b.merged) || compare(a.legacyId, b.legacyId)).map(nameOf);

/** How documents that tell of one thing are merged. */
export type MergeRules = {
  /**
   * Fields that mean something only together (both ends of a budget, the parts of an address): they come from one document, never
   * some from one and some from another.
   */
  readonly units: readonly (readonly string[])[];
  /** How much a document's share of a unit is worth; of equal ones the later document's counts. */
  readonly rank: (unit: Fields) => number;
  /** Lists of which each document adds its own. */
  readonly joined: readonly string[];
};

/** Whose word each field is. */
export type Sources = ReadonlyMap<string, RecordDocument>;

export type Said = {
  readonly document: RecordDocument;
  readonly fields: Fields;
  /** Further values of fields that hold one: the second number of "561-555-0136 / 561-555-0199". */
  readonly further?: readonly { readonly field: string; readonly value: string }[];
};

/**
 * One record from the documents that tell of it: unit by unit the one that changed it last wins (see `inOrderOf`), the others fill
 * the gaps. A document fills a gap within a unit only if it agrees with what is there in one field at least and contradicts it in none. What
 * the others said otherwise is kept in `otherValues`. A warning stays with its field: where another document had something
 * to say, it is no gap any more.
 */
export const mergeFields = (said: readonly Said[], rules: MergeRules): { fields: Fields; sources: Sources } => {
  const byName = [...said].sort(byId);
  const fields: Fields = {};
  const sources = new Map<string, RecordDocument>();
  for (const unit of unitsOf(said, rules.units)) {
    const shares = inOrderOf(said, ...unit)
      .map(({ document, fields }) => ({ document, share: shareOf(fields, unit) }))
      .filter(({ share }) => Object.keys(share).length > 0);
    // Stable, so that of equal ones the later comes first.
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

/** Fields that are about the document, or are gathered from all of them elsewhere. */
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

/** The later documents' items first, as their word counts for more. */
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

/** The one that is not the main address is among the others. */
const addresses: ReadonlySet<string> = new Set(['email', 'otherEmails']);

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `collection/id`: how a document is called on records and in metadata. */
export const nameOf = ({ collection, legacyId }: RecordDocument): string => `${collection}/${legacyId}`;

const distinct = (warnings: readonly Warning[]): Warning[] => [
  ...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values(),
];

/** A copy of the fields with a warning about a reference that points nowhere, or could mean several. */
export const withLostReference = (fields: Fields, field: string, reference: Reference, why: LostReference): Fields =>
  withWarning(fields, field, `reference-${why}`, reference);

/** A copy of the fields with a warning about one of them; `reference` is shown as the old CRM has it. */
export const withWarning = (fields: Fields, field: string, code: string, reference: Reference): Fields => ({
  ...fields,
  warnings: [
    ...((fields.warnings as Warning[] | undefined) ?? []),
    { field, code, found: shownReference(reference).slice(0, 200) },
  ],
});

/** `merged` with a `null` for every field that `applied` had and the source has no more. */
export const withGaps = (applied: Fields, merged: Fields): Fields => {
  const gaps = Object.keys(applied).filter((name) => !(name in merged));
  return { ...Object.fromEntries(gaps.map((name) => [name, null])), ...merged };
};
