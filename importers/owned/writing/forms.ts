import type { Mongo } from '../../mongo/connect.ts';

/** Values that may say what is wanted, in order of preference. The field's reader decides whether one does. */
export type Forms = readonly unknown[];

const squareFeetPerAcre = 43_560;

/**
 * Ways of writing a value, beginning with the form that the document uses now: a price that is text stays text with its
 * sign and separators, and a decimal stays a decimal.
 *
 * @param spellings words that mean it: the mapping's own, and those that other documents use
 */
export const formsOf = (
  bson: Mongo['bson'],
  before: unknown,
  wanted: unknown,
  spellings: readonly unknown[],
): Forms => {
  if (wanted === null || wanted === undefined) return [null, undefined, []];
  if (typeof wanted === 'number') return [...spellings, ...numberForms(bson, before, wanted)];
  if (typeof wanted === 'boolean') return [...spellings, ...flagForms(before, wanted)];
  if (Array.isArray(wanted))
    return typeof before === 'string' ? [wanted.join(', '), wanted] : [wanted, wanted.join(', ')];
  if (typeof wanted !== 'string') return [wanted];
  const own = [
    ...(before instanceof Date ? [new Date(`${wanted}T00:00:00Z`), new Date(`${wanted}T12:00:00Z`)] : []),
    ...(isNumber(before) ? [Number(wanted)] : []),
  ].filter((form) => !(form instanceof Date && Number.isNaN(form.getTime())));
  return [...own, ...spellings, wanted];
};

const isNumber = (found: unknown): boolean =>
  typeof found === 'number' ||
  (typeof found === 'object' &&
    found !== null &&
    '_bsontype' in found &&
    /Int32|Long|Double|Decimal128/.test(String(found._bsontype)));

const numberForms = (bson: Mongo['bson'], before: unknown, wanted: number): Forms => {
  const inTheirUnit = [wanted, round(wanted / squareFeetPerAcre, 4), round(wanted / squareFeetPerAcre, 8)];
  const type = typeof before === 'object' && before !== null && '_bsontype' in before ? before._bsontype : undefined;
  const typed = (value: number): unknown =>
    type === 'Decimal128'
      ? bson.Decimal128.fromString(String(value))
      : type === 'Long' && Number.isInteger(value)
        ? bson.Long.fromNumber(value)
        : type === 'Double'
          ? new bson.Double(value)
          : value;
  if (typeof before !== 'string') return inTheirUnit.map(typed);
  const styled = inTheirUnit.flatMap((value) => inStyleOf(before, value));
  return [...styled, ...inTheirUnit.map(String), wanted];
};

/** `$450,000` → `$475,000`; `3 BR` → `4 BR`. */
const inStyleOf = (before: string, value: number): string[] => {
  const [, head, digits, tail] = /^([^\d]*)(\d[\d,]*(?:\.\d+)?)([^\d]*)$/.exec(before) ?? [];
  if (digits === undefined) return [];
  return [
    `${head}${digits.includes(',') ? value.toLocaleString('en-US', { maximumFractionDigits: 8 }) : value}${tail}`,
  ];
};

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

const flagForms = (before: unknown, wanted: boolean): Forms => {
  if (typeof before === 'string') {
    const pair = pairs.find((words) => (words as readonly string[]).includes(before.trim()));
    return [...(pair === undefined ? [] : [wanted ? pair[0] : pair[1]]), wanted];
  }
  return isNumber(before) ? [wanted ? 1 : 0, wanted] : [wanted];
};
