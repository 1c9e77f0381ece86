import { areaUnits } from '../../../legacy/fields/numbers/quantities/measure.ts';
import type { DateOrder } from '../../../legacy/fields/times/written-date.ts';
import { asNumber } from '../../../legacy/reading.ts';
import type { Mongo } from '../../../mongo/connect.ts';
import { dayLike } from './dates.ts';
import { inItsCase } from './in-its-case.ts';
import { inStyleOf, isNumber, typedLike } from './numbers.ts';

/** Values that may say what is wanted, in order of preference. The field's reader decides whether one does. */
export type Forms = readonly unknown[];

/** In square feet: the unit that a text names or, if it names none, an acre, a square metre and a hectare. */
const unitsIn = (before: unknown): readonly number[] => {
  const word = typeof before === 'string' ? /(?<=\d\s?)[a-z][a-z\s.]*[²2]?/i.exec(before)?.[0] : undefined;
  const size = word === undefined ? undefined : areaUnits[word.toLowerCase().replace(/[\s.]/g, '')];
  return size === undefined ? [areaUnits.acre!, areaUnits.sqm!, areaUnits.ha!] : size === 1 ? [] : [size];
};

/**
 * Ways of writing a value, beginning with the form that the document uses now: a price that is text stays text with its
 * sign and separators, and a decimal stays a decimal.
 *
 * @param spellings words that mean it: the mapping's own, and those that other documents use
 * @param dateOrder what the mapping says of dates
 */
export const formsOf = (
  bson: Mongo['bson'],
  before: unknown,
  wanted: unknown,
  spellings: readonly unknown[],
  dateOrder?: DateOrder,
): Forms => {
  if (wanted === null || wanted === undefined) return Array.isArray(before) ? [[], null, undefined] : [null, undefined];
  if (typeof wanted === 'number') return [...spellings, ...numberForms(bson, before, wanted)];
  if (typeof wanted === 'boolean') return [...spellings, ...flagForms(bson, before, wanted)];
  if (Array.isArray(wanted))
    return typeof before === 'string' ? [wanted.join(separatorOf(before)), wanted] : [wanted, wanted.join(', ')];
  if (typeof wanted !== 'string') return [wanted];
  const own = [
    ...dayLike(bson, before, wanted, dateOrder),
    ...(isNumber(before) && /^\d+$/.test(wanted) ? [typedLike(bson, before, Number(wanted))] : []),
  ];
  return [...own, ...spellings, wanted, ...(/[<>&]/.test(wanted) ? [asHtml(wanted)] : [])];
};

const numberForms = (bson: Mongo['bson'], before: unknown, wanted: number): Forms => {
  const converted = unitsIn(before).flatMap((size) => [2, 4, 8].map((digits) => round(wanted / size, digits)));
  const inTheirUnit = isInAcres(before, wanted) ? [...converted, wanted] : [wanted, ...converted];
  if (before instanceof Date) return [inYear(before, wanted), wanted];
  if (typeof before !== 'string') return inTheirUnit.map((value) => typedLike(bson, before, value));
  const ofDate = before.replace(/^\d{4}(?=-\d\d-\d\d)/, String(wanted));
  const styled = inTheirUnit.flatMap((value) => inStyleOf(before, value));
  return [...(ofDate === before ? [] : [ofDate]), ...styled, ...inTheirUnit.map(String), wanted];
};

/** Whether a number is too small for square feet, so that it is one of acres even if nothing says so. */
const isInAcres = (before: unknown, wanted: number): boolean => {
  const number = isNumber(before) || typeof before === 'string' ? asNumber(before) : undefined;
  return number !== undefined && number < 100 && wanted > 1_000;
};

/** The same day of another year, of which a date may say no more. */
const inYear = (before: Date, year: number): Date => {
  const date = new Date(before);
  date.setUTCFullYear(year);
  return date;
};

/** Text as HTML, for fields that are read as HTML. */
const asHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

const pairs = [
  ['y', 'n'],
  ['yes', 'no'],
  ['true', 'false'],
  ['active', 'inactive'],
  ['J', 'N'],
  ['j', 'n'],
  ['Ja', 'Nein'],
  ['ja', 'nein'],
  ['Sí', 'No'],
  ['sí', 'no'],
  ['Oui', 'Non'],
  ['oui', 'non'],
  ['enabled', 'disabled'],
  ['checked', 'unchecked'],
  ['on', 'off'],
  ['t', 'f'],
  ['1', '0'],
] as const;

/** Text stays text, and its case stays as it is: `TRUE` → `FALSE`. */
const flagForms = (bson: Mongo['bson'], before: unknown, wanted: boolean): Forms => {
  if (typeof before === 'string' && before.trim() !== '') {
    const like = before.trim();
    const word = (pair: readonly [string, string]) => inItsCase(like, wanted ? pair[0] : pair[1]);
    const pair = pairs.find((words) => (words as readonly string[]).includes(like.toLowerCase()));
    return [...(pair === undefined ? [] : [word(pair)]), word(['yes', 'no']), word(['true', 'false']), wanted];
  }
  return isNumber(before) ? [typedLike(bson, before, wanted ? 1 : 0), wanted] : [wanted];
};

/** What a list in one text has between its items: `; ` of `Pool; Dock`. */
export const separatorOf = (text: string): string => /[^\S\n]*[,;\n][^\S\n]*/.exec(text.trim())?.[0] ?? ', ';
