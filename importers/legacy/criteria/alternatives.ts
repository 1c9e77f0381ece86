import { isDocument, isMissing } from '../reading.ts';
import { noLimit, notUnderstood, type Part, saysAny } from './part.ts';

/**
 * The values that an entry allows: a single value, a list (or a text with separators), `{ $in: […] }` or `{ $eq: … }`.
 * `undefined` for anything else, such as another operator or several operators.
 */
const valuesOf = (found: unknown): readonly unknown[] | undefined => {
  if (isDocument(found)) {
    const [operator, ...more] = Object.keys(found);
    if (more.length > 0) return undefined;
    if (operator === '$eq') return isDocument(found.$eq) ? undefined : valuesOf(found.$eq);
    return operator === '$in' && Array.isArray(found.$in) && found.$in.length > 0 ? found.$in : undefined;
  }
  return Array.isArray(found) ? found : [found];
};

/** The separators in a text with several values. */
const separators = /[,;|\n]|\s+or\s+/i;

/**
 * Reads an entry that allows one of several values. Every value must be understood. "Any" counts only on its own, and
 * an empty list comes from a form in which nothing was chosen.
 */
export const readAlternatives = <Value>(
  found: unknown,
  readOne: (value: unknown) => readonly Value[] | undefined,
  code: string,
  toPart: (values: readonly Value[]) => Part,
): Part => {
  const values = valuesOf(found);
  if (values === undefined || values.length > 1_000) return notUnderstood();
  const given = values
    .flatMap((value): unknown[] =>
      typeof value === 'string' && value.length <= maxText ? value.split(separators) : [value],
    )
    .filter((value) => !isMissing(value))
    .map((value) => (typeof value === 'string' ? value.trim() : value));
  if (given.length === 0) return noLimit;
  if (given.some(saysAny)) return given.every(saysAny) ? noLimit : notUnderstood(code);
  const read = given.map(readOne);
  return read.some((some) => some === undefined) ? notUnderstood(code) : toPart(read.flatMap((some) => some ?? []));
};

const maxText = 20_000;
