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

/** `updatedAt` of each document when it was last applied, by name; `null` if it had none. */
export type AppliedDates = Readonly<Record<string, string | null>>;

export const datesOf = (documents: readonly RecordDocument[]): AppliedDates => {
  // An object without a prototype is a table from the start. V8 would make a class of objects for each name.
  const dates = Object.create(null) as Record<string, string | null>;
  for (const document of documents) dates[nameOf(document)] = document.updatedAt ?? null;
  return dates;
};
