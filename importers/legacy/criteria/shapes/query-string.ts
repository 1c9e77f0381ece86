import { entryOf, isMissing, spelling } from '../../reading.ts';
import { criterionReaders } from '../criterion-readers.ts';

const maxLength = 10_000;

/** `name=value`, joined by `&`; the name may have one part in brackets: `price[min]`. A sign before it may exclude: `-city=…`. */
const pair = /^([A-Za-z_](?:[\w.-]{0,58}\w)?)(\[(\$?\w{0,60})\])?=([^=]*)$/;

/**
 * The entries of a query that is kept as the query string of a web page: `?city=Boca+Raton&minPrice=300000`. A name that is there
 * several times, or as `city[]=`, has alternatives: `{ $in: […] }`; `price[min]=300000` is `{ price: { min: 300000 } }`. A whole address
 * is not read: its path may narrow the search too (`/boca-raton/condos?beds=3`), and so may what comes after a `#`.
 *
 * @returns `undefined` for any other text, and for a query string that names one record (`_id=66`) or no criterion
 */
export const queryStringIn = (text: string): Readonly<Record<string, unknown>> | undefined => {
  if (text.length > maxLength || text.includes('#')) return undefined;
  const alternatives = new Map<string, string[]>();
  const parts = new Map<string, Record<string, string>>();
  for (const part of text.trim().replace(/^\?/, '').split('&')) {
    if (part === '') continue;
    const [, name, , inner = '', encoded] = pair.exec(decodedName(part)) ?? [];
    const value = encoded === undefined ? undefined : decoded(encoded);
    if (name === undefined || value === undefined || name === '_id' || name === '__v') return undefined;
    const before = parts.get(name);
    if (inner === '') alternatives.set(name, [...(alternatives.get(name) ?? []), value]);
    else if (before !== undefined && Object.hasOwn(before, inner)) return undefined;
    else parts.set(name, { ...before, [inner]: value });
  }
  if ([...parts.keys()].some((name) => alternatives.has(name))) return undefined;
  const entries = [...[...alternatives].map(([name, values]) => [name, oneOf(values)] as const), ...parts];
  return entries.some(([name]) => entryOf(criterionReaders, spelling(name)) !== undefined)
    ? Object.fromEntries(entries)
    : undefined;
};

/** A form also sends the fields in which nothing was chosen. */
const oneOf = (values: readonly string[]): unknown => {
  const given = values.filter((value) => !isMissing(value));
  return given.length > 1 ? { $in: given } : given[0];
};

/** Browsers encode the brackets of a name. */
const decodedName = (part: string): string => {
  const at = part.indexOf('=');
  return at < 0 ? part : part.slice(0, at).replace(/%5B/gi, '[').replace(/%5D/gi, ']') + part.slice(at);
};

/** `undefined` for a `+` that may or may not be a space, and for what was encoded twice. */
const decoded = (text: string): string | undefined => {
  if (unclearPlus.test(text)) return undefined;
  try {
    const value = decodeURIComponent(text.replace(spacePlus, ' '));
    return /%[\da-f]{2}/i.test(value) ? undefined : value;
  } catch {
    return undefined;
  }
};

/** A `+` separates words if another one follows. After a number it is a sign: `500000+` is a minimum, and so is `3+,`. */
const spacePlus = /\+(?!$|(?:,|%2C)|(?:-|%2D)(?!\+))/gi;
const unclearPlus = /^\+|(?<!\d[km]?|\+)\+(?:$|(?:,|%2C)|(?:-|%2D)(?!\+))/i;
