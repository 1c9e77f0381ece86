import type { Warning } from '../../domain/values.ts';
import { type Reference, shownReference } from '../legacy/fields/reference.ts';
import type { LostReference } from '../staging/references.ts';
import type { RecordDocument } from './load-pending.ts';

type Fields = Record<string, unknown>;

/** By when they were last changed (or made), then by id: the order in which the later one wins. */
export const inTimeOrder = <Document extends RecordDocument>(documents: readonly Document[]): Document[] =>
  [...documents].sort((a, b) => compare(lastTime(a), lastTime(b)) || compare(a.legacyId, b.legacyId));

const lastTime = (document: RecordDocument) => document.updatedAt ?? document.createdAt ?? '';
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `collection/id` of each document, the one that gave the record its key first. */
export const legacyIdsOf = (documents: readonly RecordDocument[]): string[] =>
  [...documents]
    .sort((a, b) => Number(a.merged) - Number(b.merged) || compare(a.legacyId, b.legacyId))
    .map(({ collection, legacyId }) => `${collection}/${legacyId}`);

/**
 * One record from the documents that tell of it, in time order: field by field the later one wins, the earlier ones fill the
 * gaps. A warning stays with its field: where another document had something to say, it is no gap any more.
 */
export const mergeFields = (documents: readonly { readonly fields: Fields }[]): Fields => {
  const merged: Fields = {};
  const from = new Map<string, number>();
  documents.forEach(({ fields }, index) => {
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'warnings') continue;
      merged[name] = value;
      from.set(name, index);
    }
  });
  const warnings = documents.flatMap(({ fields }, index) =>
    ((fields.warnings as Warning[] | undefined) ?? []).filter(({ field }) => (from.get(field) ?? index) === index),
  );
  if (warnings.length > 0) merged.warnings = distinct(warnings);
  return merged;
};

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
