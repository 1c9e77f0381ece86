/**
 * How IDs of the old CRM are written as text. A document's *key* has a type: `17` is the number, `"17"` the text; `5f…`
 * (24 digits) is an ObjectId, `"5f…"` the same digits as text. So documents whose IDs differ in MongoDB never share a
 * key. A *name* is how a key is written without its type: both 17s have the name `17`, and a UUID has its lower-case
 * form with dashes.
 */

/** Longer texts are taken as they are: no other spelling is looked for. */
const maxNameLength = 120;

/** The key of a text ID: the text itself, in quotes if it could be mistaken for an ID of another type. */
export const keyOfText = (text: string): string => (mistakable(text) ? JSON.stringify(text) : text);

const mistakable = (text: string): boolean =>
  objectId.test(text) || decimalOf(text) === text || /^(?:["{]|L?UUID\()|[\p{Cc}\p{Surrogate}]/u.test(text);

const objectId = /^[0-9a-f]{24}$/;

/** The other names of a document with this key. Usually there are none, because the key is the only name. */
export const otherNamesOf = (key: string): readonly string[] =>
  objectId.test(key) ? [] : namesOf(key).filter((name) => name !== key);

/** All names of a document with this key. */
export const namesOf = (key: string): readonly string[] => {
  const stored = /^(?<legacy>L?)UUID\("(?<hex>[0-9a-f-]{32,36})"\)$/.exec(key)?.groups;
  if (stored !== undefined) return stored.legacy === '' ? [stored.hex!] : [...new Set(legacyUuids(stored.hex!))];
  return [nameOfId(key)];
};

/** How a subtype 3 UUID is written depends on the driver: as stored, Java's order, C#'s order. */
const legacyUuids = (hex: string): string[] => {
  const bytes = hex.match(/../g)!;
  const reversed = (from: number, to: number) => bytes.slice(from, to).reverse();
  const java = [...reversed(0, 8), ...reversed(8, 16)];
  const csharp = [...reversed(0, 4), ...reversed(4, 6), ...reversed(6, 8), ...bytes.slice(8)];
  return [bytes, java, csharp].map((order) => dashed(order.join('')));
};

const dashed = (hex: string) =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');

/**
 * The name that a text stands for, in any spelling: `ObjectId("5F…")`, `{"$oid":"5f…"}`, `urn:uuid:…`, `{550E8400-…}`,
 * `NumberLong(17)`, `17.0`, `" abc "`. Any other text stands for itself, trimmed.
 */
export const nameOfId = (text: string): string => {
  if (text.length > maxNameLength) return text;
  const bare = text.replace(/[\p{Cf}\p{Cc}]/gu, '').trim();
  const inner = unwrapped(bare);
  if (inner !== undefined && inner !== bare) return nameOfId(inner);
  if (/^[0-9a-f]{24}$/i.test(bare)) return bare.toLowerCase();
  const uuid = /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;
  const groups = uuid.exec(bare);
  if (groups !== null) return groups.slice(1).join('-').toLowerCase();
  return decimalOf(bare) ?? bare.normalize('NFC');
};

/** Whether a name may belong to an ID that is not a text; references often give such IDs as text. */
export const isNameOfOtherType = (name: string): boolean =>
  objectId.test(name) ||
  decimalOf(name) === name ||
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name) ||
  /^(?:\d{4}|[-+]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(name);

/** The content of the shell's or Extended JSON's wrapper around an ID; `undefined` if there is none. */
const unwrapped = (text: string): string | undefined => {
  const call = /^(?:new )?(?:ObjectI[dD]|UUID|NumberInt|NumberLong|NumberDecimal|ISODate|Date)\((.*)\)$/s.exec(text);
  if (call !== null) return unquoted(call[1]!.trim()) ?? call[1]!.trim();
  if (text.startsWith('{"')) return extendedJson(text);
  return unquoted(text);
};

const unquoted = (text: string): string | undefined => {
  if (text.startsWith('"')) {
    const value = parsed(text);
    if (typeof value === 'string') return value;
  }
  return /^(["'])(.+)\1$/s.exec(text)?.[2];
};

const extendedJson = (text: string): string | undefined => {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  if (entries.length !== 1) return undefined;
  const [type, inner] = entries[0]! as [string, unknown];
  if (!/^\$(?:oid|uuid|numberInt|numberLong|numberDouble|numberDecimal|date|symbol)$/.test(type)) return undefined;
  if (type !== '$date') return typeof inner === 'string' ? inner : undefined;
  const time = typeof inner === 'object' && inner !== null ? Number(Object.values(inner)[0]) : inner;
  const date = new Date(time as string | number);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/**
 * A number as plain digits, in any notation: `17.0`, `1.7E+1` → `17`. `undefined` if the text is not a number, has more
 * than 40 digits, or starts with a zero as codes do.
 */
export const decimalOf = (text: string): string | undefined => {
  const number = /^(-?)(0|[1-9]\d{0,39})(?:\.(\d{1,40}))?(?:e([-+]?\d{1,2}))?$/i.exec(text);
  if (number === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = number;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const left = point <= 0 ? '0' : digits.padEnd(point, '0').slice(0, point);
  const right = (point <= 0 ? digits.padStart(digits.length - point, '0') : digits.slice(point)).replace(/0+$/, '');
  const plain = `${left.replace(/^0+(?=\d)/, '')}${right === '' ? '' : `.${right}`}`;
  return plain === '0' ? '0' : `${sign}${plain}`;
};

/** The keys that a text may stand for, for looking up an ID of the old CRM that a person gives. */
export const keysMeantBy = (text: string): readonly string[] => {
  const name = nameOfId(text);
  const keys = [text, keyOfText(text), name, JSON.stringify(name), JSON.stringify(name.toUpperCase())];
  if (/^[0-9a-f]{8}-/.test(name) && isNameOfOtherType(name)) {
    const orders = legacyUuids(name.replaceAll('-', '')).map((uuid) => uuid.replaceAll('-', ''));
    keys.push(`UUID("${name}")`, ...orders.map((hex) => `LUUID("${hex}")`));
    keys.push(...[name, name.replaceAll('-', '')].flatMap((uuid) => [uuid, uuid.toUpperCase()]));
  }
  const time = isNameOfOtherType(name) ? Date.parse(name) : Number.NaN;
  if (!Number.isNaN(time)) keys.push(JSON.stringify({ $date: { $numberLong: String(time) } }));
  return [...new Set(keys)];
};
