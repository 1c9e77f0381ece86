import { changedFields, type Known } from '../../../domain/changes.ts';
import type { PendingRecord, RecordDocument } from '../load-pending.ts';
import { nameOf } from './merge.ts';

/** What is remembered about a record when it is applied; `More` is specific to the aggregate. */
export type Applied<Fields, More = unknown> = More & {
  readonly fields: Partial<Fields>;
  /** Missing in what early releases remembered. */
  readonly dates?: AppliedDates;
};

/** What was remembered when the record was last applied, as the same planner returned it. */
export const appliedBefore = <What extends Applied<unknown>>(record: PendingRecord): What | undefined =>
  record.applied as What | undefined;

/** The fields that a later state of the source changes; all fields if nothing was applied yet. */
export const sourceChanges = <Fields extends object>(
  applied: Known<Fields> | undefined,
  merged: Known<Fields>,
): Known<Fields> =>
  applied === undefined
    ? merged
    : changedFields<Fields>(
        applied,
        withGaps(applied as Record<string, unknown>, merged as Record<string, unknown>) as Known<Fields>,
      );

/** `merged`, with `null` for every field that `applied` had and the source no longer has. */
const withGaps = (applied: Record<string, unknown>, merged: Record<string, unknown>) => {
  const gaps = Object.keys(applied).filter((name) => !(name in merged));
  return { ...Object.fromEntries(gaps.map((name) => [name, null])), ...merged };
};

/**
 * Whether a record's documents are unchanged and were only read again, by newer readers. Then differences are
 * corrections of what was recorded wrongly, and did not happen now. If another of its documents did change, the two
 * cannot be told apart, and it counts as a change.
 */
export const onlyReadAgain = ({ applied, documents }: PendingRecord): boolean => {
  const latest = Math.max(...documents.map(({ importRunId }) => Number(importRunId)));
  const written = documents.filter(({ importRunId }) => Number(importRunId) === latest);
  return applied !== undefined && written.length > 0 && written.every(({ readAgain }) => readAgain);
};

/** The latest `updatedAt` of a record's documents, if any. */
export const latestUpdate = (documents: readonly RecordDocument[]): string | undefined =>
  greatest(documents.flatMap(({ updatedAt }) => updatedAt ?? []));

const greatest = (times: readonly string[]) =>
  times.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);

/** The fields with which a record begins, last modified when its documents were, if any of them says when. */
export const asModified = <Fields extends object>(
  fields: Fields,
  documents: readonly RecordDocument[],
): Fields & { readonly modificationTimestamp?: string } => {
  const updatedAt = latestUpdate(documents);
  return updatedAt === undefined ? fields : { ...fields, modificationTimestamp: updatedAt };
};

/** The documents of the record that are no longer in its latest state: they belong to another record now. */
export const documentsThatLeft = (
  known: { readonly legacyIds?: readonly string[] | null },
  now: { readonly legacyIds?: readonly string[] | null },
): string[] => (known.legacyIds ?? []).filter((id) => !(now.legacyIds ?? []).includes(id));

/** `updatedAt` of each document when it was last applied, by name; `null` if it had none. */
export type AppliedDates = Readonly<Record<string, string | null>>;

export const datesOf = (documents: readonly RecordDocument[]): AppliedDates =>
  Object.fromEntries(documents.map((document) => [nameOf(document), document.updatedAt ?? null]));
