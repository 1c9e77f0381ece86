import type { Mongo } from '../../../mongo/connect.ts';
import { type Edit, type RawDocument, rawAt } from '../edits.ts';
import { formsOf } from '../forms.ts';
import { within } from '../within.ts';

/** What the ways of writing a unit have to work with. */
export type Writing = {
  readonly bson: Mongo['bson'];
  readonly document: RawDocument;
  /** The paths of a slot, in the order of preference; none if the mapping does not have it. */
  readonly pathsOf: (slot: string) => readonly string[];
  /** The wanted values by field; `undefined` or `null` for empty. */
  readonly wanted: Readonly<Record<string, unknown>>;
  /** Words that may mean this value at this path. */
  readonly spellings: (slot: string, path: string, value: unknown) => readonly unknown[];
  /** An agent, as documents refer to one. */
  readonly references: (memberKey: string) => readonly unknown[];
};

/** The edits that may write a unit, the best first. */
export type Ways = (writing: Writing) => Generator<readonly Edit[], void, undefined>;

/** The path that the document uses; otherwise the one of first preference. */
export const inUse = ({ document, pathsOf }: Writing, slot: string): string | undefined =>
  pathsOf(slot).find((path) => (rawAt(document, path) ?? null) !== null) ?? pathsOf(slot)[0];

/** The ways of writing a field that has a place of its own. */
export function* single(writing: Writing, slot: string, value: unknown): Generator<readonly Edit[], void, undefined> {
  const path = inUse(writing, slot);
  if (path === undefined) return;
  const before = rawAt(writing.document, path);
  const isEmpty = value === null || value === undefined;
  const spellings = isEmpty ? [] : writing.spellings(slot, path, value);
  if (!isEmpty && typeof value !== 'object')
    for (const form of within(before, (part) => formsOf(writing.bson, part, value, spellings)))
      yield [{ path, value: form }];
  for (const form of formsOf(writing.bson, before, value, spellings)) yield [{ path, value: form }];
  if (value !== null && value !== undefined) return;
  const others = writing.pathsOf(slot).filter((other) => rawAt(writing.document, other) !== undefined);
  yield others.map((other) => ({ path: other, value: null }));
}
