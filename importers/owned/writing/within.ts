import { isPlain } from './edits.ts';

/** Values inside a sub-document or list that are tried, and how deep. */
const [mostParts, mostLevels] = [12, 3];

/**
 * A sub-document or list with one of the values in it replaced, for each of them: the number of `{ amount, currency }`, the first of
 * several phone numbers. Everything else in it stays.
 */
export function* within(
  before: unknown,
  formsFor: (part: unknown) => readonly unknown[],
  level = 0,
): Generator<unknown, void, undefined> {
  if (level === mostLevels) return;
  const inside = (part: unknown) =>
    isPlain(part) || Array.isArray(part) ? within(part, formsFor, level + 1) : part === null ? [] : formsFor(part);
  if (Array.isArray(before)) {
    for (const [index, part] of before.slice(0, mostParts).entries())
      for (const form of inside(part)) yield before.map((other, at) => (at === index ? form : other));
  } else if (isPlain(before)) {
    for (const [name, part] of Object.entries(before).slice(0, mostParts))
      for (const form of inside(part)) yield { ...before, [name]: form };
  }
}
