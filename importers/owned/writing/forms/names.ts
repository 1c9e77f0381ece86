import { isInCapitals, readPersonName } from '../../../legacy/fields/people/person-name.ts';
import { isPlain } from '../edits.ts';
import type { Forms } from './forms.ts';

/**
 * Ways of writing a person's name: first as the document writes the one that it replaces (`CRUZ, Ana`, in capitals), then first name
 * first and, for a last name of several words, last name first.
 */
export const nameForms = (before: unknown, first: unknown, last: unknown): Forms => {
  const [given, family] = [first, last].map((part) => (typeof part === 'string' ? part : ''));
  const name = [given, family].filter((part) => part !== '').join(' ');
  const usual = [name === '' ? null : name, ...(given === '' || family === '' ? [] : [`${family}, ${given}`])];
  if (isPlain(before)) {
    const [firstAt, lastAt] =
      'firstName' in before || 'lastName' in before ? ['firstName', 'lastName'] : ['first', 'last'];
    const parts = { [firstAt!]: first ?? null, [lastAt!]: last ?? null };
    const inItsCase = Object.entries(parts).map(([at, part]) => [at, nameInCaseOf(before[at], part)]);
    return [{ ...before, ...Object.fromEntries(inItsCase) }, { ...before, ...parts }, ...usual];
  }
  if (typeof before !== 'string') return usual;
  const replaced = [nameInCaseOf, (_: unknown, name: unknown) => name].flatMap(
    (inItsCase) => withNames(before, given!, family!, inItsCase) ?? [],
  );
  return [...replaced, ...usual.map((form) => nameInCaseOf(before, form)), ...usual];
};

/** A name in capitals where the one that it replaces is, which initials do not show. */
export const nameInCaseOf = (before: unknown, name: unknown): unknown => {
  const old = typeof before === 'string' ? before.trim() : '';
  return typeof name === 'string' && old.length > 2 && isInCapitals(old) ? name.toUpperCase() : name;
};

/** A text with its names replaced, each in its place; `undefined` if they are not there. */
const withNames = (before: string, first: string, last: string, inItsCase: typeof nameInCaseOf): string | undefined => {
  const old = readPersonName(before).value;
  if (old?.first === undefined || old.last === undefined || first === '' || last === '') return undefined;
  const text = before.toLowerCase();
  const [firstAt, lastAt] = before.includes(',')
    ? [text.lastIndexOf(old.first.toLowerCase()), text.indexOf(old.last.toLowerCase())]
    : [text.indexOf(old.first.toLowerCase()), text.lastIndexOf(old.last.toLowerCase())];
  const places = [
    { at: firstAt, old: old.first, name: first },
    { at: lastAt, old: old.last, name: last },
  ].toSorted((one, other) => other.at - one.at);
  const isApart = places[1]!.at >= 0 && places[1]!.at + places[1]!.old.length <= places[0]!.at;
  if (!isApart || text.length !== before.length) return undefined;
  return places.reduce((line, { at, old: { length }, name }) => {
    const there = line.slice(at, at + length);
    const form = there.toLowerCase() === name.toLowerCase() ? there : String(inItsCase(there, name));
    return `${line.slice(0, at)}${form}${line.slice(at + length)}`;
  }, before);
};
