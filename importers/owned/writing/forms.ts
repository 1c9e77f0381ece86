import { type DateOrder, dateOrderOf } from '../../legacy/fields/times/written-date.ts';
import type { Mongo } from '../../mongo/connect.ts';

/** Values that may say what is wanted, in order of preference. The field's reader decides whether one does. */
export type Forms = readonly unknown[];

const squareFeetPerAcre = 43_560;

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
    return typeof before === 'string' ? [wanted.join(', '), wanted] : [wanted, wanted.join(', ')];
  if (typeof wanted !== 'string') return [wanted];
  const own = [
    ...(before instanceof Date ? [new Date(`${wanted}T00:00:00Z`), new Date(`${wanted}T12:00:00Z`)] : []),
    ...dateForms(bson, before, wanted, dateOrder),
    ...(isNumber(before) && /^\d+$/.test(wanted) ? [typedLike(bson, before, Number(wanted))] : []),
  ].filter((form) => !(form instanceof Date && Number.isNaN(form.getTime())));
  return [...own, ...spellings, wanted, ...(/[<>&]/.test(wanted) ? [asHtml(wanted)] : [])];
};

/** Whether it is a number, in whatever BSON type. */
export const isNumber = (found: unknown): boolean =>
  typeof found === 'number' ||
  (typeof found === 'object' &&
    found !== null &&
    '_bsontype' in found &&
    /Int32|Long|Double|Decimal128/.test(String(found._bsontype)));

const numberForms = (bson: Mongo['bson'], before: unknown, wanted: number): Forms => {
  const inTheirUnit = [wanted, round(wanted / squareFeetPerAcre, 4), round(wanted / squareFeetPerAcre, 8)];
  if (typeof before !== 'string') return inTheirUnit.map((value) => typedLike(bson, before, value));
  const styled = inTheirUnit.flatMap((value) => inStyleOf(before, value));
  return [...styled, ...inTheirUnit.map(String), wanted];
};

/** A number in the BSON type of the one that it replaces. */
export const typedLike = (bson: Mongo['bson'], before: unknown, value: number): unknown => {
  const type = typeof before === 'object' && before !== null && '_bsontype' in before ? before._bsontype : undefined;
  if (type === 'Decimal128') return bson.Decimal128.fromString(String(value));
  if (type === 'Long' && Number.isInteger(value)) return bson.Long.fromNumber(value);
  return type === 'Double' ? new bson.Double(value) : value;
};

/** `$450,000` → `$475,000`; `3 BR` → `4 BR`. */
export const inStyleOf = (before: string, value: number): string[] => {
  const [, head, digits, tail] = /^([^\d]*)(\d[\d,]*(?:\.\d+)?)([^\d]*)$/.exec(before) ?? [];
  if (digits === undefined) return [];
  return [
    `${head}${digits.includes(',') ? value.toLocaleString('en-US', { maximumFractionDigits: 8 }) : value}${tail}`,
  ];
};

/** A date as the document writes dates: `20240331`, milliseconds, seconds, `3/31/2024`, `31.03.2024`. */
const dateForms = (bson: Mongo['bson'], before: unknown, wanted: string, order?: DateOrder): Forms => {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(wanted) ?? [];
  if (year === undefined) return [];
  if (isNumber(before)) {
    const time = Date.parse(`${wanted}T12:00:00Z`);
    const size = Math.abs(Number(String(before)));
    const value = size < 1e8 ? Number(`${year}${month}${day}`) : size < 1e11 ? time / 1000 : time;
    return [typedLike(bson, before, value)];
  }
  if (typeof before !== 'string') return [];
  const [, one, separator, two] = /^(\d{1,2})([-/.])(\d{1,2})\2\d{4}$/.exec(before.trim()) ?? [];
  if (separator !== undefined) {
    const isPadded = one!.startsWith('0') || two!.startsWith('0') || before.trim().length === 10;
    const parts = isPadded ? [month, day] : [Number(month), Number(day)];
    const known = order ?? dateOrderOf(before);
    const isDayFirst = known === 'day-first';
    // Nobody could tell which number is the day.
    if (known === undefined && separator === '.') return [];
    return [[...(isDayFirst ? parts.reverse() : parts), year].join(separator)];
  }
  return /^\d{8}$/.test(before.trim()) ? [`${year}${month}${day}`] : [];
};

/** Text as HTML, for fields that are read as HTML. */
const asHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

const pairs = [
  ['Y', 'N'],
  ['y', 'n'],
  ['Yes', 'No'],
  ['yes', 'no'],
  ['YES', 'NO'],
  ['true', 'false'],
  ['True', 'False'],
  ['Active', 'Inactive'],
  ['active', 'inactive'],
  ['T', 'F'],
  ['1', '0'],
] as const;

const flagForms = (bson: Mongo['bson'], before: unknown, wanted: boolean): Forms => {
  if (typeof before === 'string') {
    const pair = pairs.find((words) => (words as readonly string[]).includes(before.trim()));
    return [...(pair === undefined ? [] : [wanted ? pair[0] : pair[1]]), wanted];
  }
  return isNumber(before) ? [typedLike(bson, before, wanted ? 1 : 0), wanted] : [wanted];
};
