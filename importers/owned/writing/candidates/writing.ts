import type { DateOrder } from '../../../legacy/fields/times/written-date.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { type Edit, type RawDocument, rawAt } from '../edits.ts';
import { formsOf } from '../forms/forms.ts';
import { within } from '../within.ts';

/** What the ways of writing a unit have to work with. */
export type Writing = {
  readonly bson: Mongo['bson'];
  readonly document: RawDocument;
  /** The paths of a slot, in the order in which the mapping reads them; none if it does not have it. */
  readonly pathsOf: (slot: string) => readonly string[];
  /** Which number of a date is the day, where the mapping says so. */
  readonly dateOrder: (slot: string, path: string) => DateOrder | undefined;
  /** How many of the newest documents have something at a path. */
  readonly uses: (path: string) => number;
  /** What the newest of them that has something there has, if it was looked at (see paths-in-use.ts). */
  readonly example: (path: string) => unknown;
  /** The wanted values by field; `undefined` or `null` for empty. */
  readonly wanted: Readonly<Record<string, unknown>>;
  /** Words that may mean this value at this path. */
  readonly spellings: (slot: string, path: string, value: unknown) => readonly unknown[];
  /** An agent, as documents refer to one. */
  readonly references: (memberKey: string) => readonly unknown[];
};

/** The edits that may write a unit, the best first. */
export type Ways = (writing: Writing) => Generator<readonly Edit[], void, undefined>;

/** Whether the document has something at a path. */
export const has = ({ document }: Pick<Writing, 'document'>, path: string): boolean =>
  (rawAt(document, path) ?? null) !== null;

/** The path that the document uses; otherwise the one that most others use, and of several the first of the mapping. */
export const inUse = (writing: Pick<Writing, 'document' | 'pathsOf' | 'uses'>, slot: string): string | undefined => {
  const paths = writing.pathsOf(slot);
  return (
    paths.find((path) => has(writing, path)) ??
    paths.toSorted((one, other) => writing.uses(other) - writing.uses(one))[0]
  );
};

/** The ways of writing a field that has a place of its own. */
export function* single(writing: Writing, slot: string, value: unknown): Generator<readonly Edit[], void, undefined> {
  const path = inUse(writing, slot);
  if (path === undefined) return;
  const before = rawAt(writing.document, path);
  const isEmpty = value === null || value === undefined;
  const spellings = isEmpty ? [] : writing.spellings(slot, path, value);
  const order = writing.dateOrder(slot, path);
  if (!isEmpty && typeof value !== 'object')
    for (const form of within(before, (part) => formsOf(writing.bson, part, value, spellings, order)))
      yield [{ path, value: form }];
  for (const form of formsOf(writing.bson, before, value, spellings, order)) yield [{ path, value: form }];
  if (value !== null && value !== undefined) return;
  const others = writing.pathsOf(slot).filter((other) => rawAt(writing.document, other) !== undefined);
  yield others.map((other) => ({ path: other, value: null }));
}
