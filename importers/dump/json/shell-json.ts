import { Binary, DBRef, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import { longOf } from './big-integers.ts';

/**
 * Parses JSON as the mongo shell and old versions of mongoexport wrote it. In addition to JSON it accepts `NaN`,
 * `Infinity`, `undefined`, unquoted names, single quotes, a trailing comma in lists, `/pattern/`, and calls:
 * `ObjectId("…")`, `ISODate("…")`, `NumberLong(5)`, `new Date(…)`, `BinData(0, "…")`, `UUID("…")`, `Timestamp(1, 2)`,
 * `DBRef("…", …)`.
 *
 * @throws SyntaxError for anything else
 */
export const parseShellJson = (text: string): unknown => {
  const at = { text, index: 0 };
  const value = valueAt(at);
  blanks(at);
  if (at.index < text.length) throw unexpected(at);
  return value;
};

type Cursor = { readonly text: string; index: number };

const unexpected = ({ text, index }: Cursor) =>
  new SyntaxError(
    index >= text.length ? 'it ends too early' : `unexpected ${JSON.stringify(text[index])} at character ${index + 1}`,
  );

const take = (at: Cursor, pattern: RegExp): string | undefined => {
  pattern.lastIndex = at.index;
  const found = pattern.exec(at.text)?.[0];
  if (found !== undefined) at.index += found.length;
  return found;
};

const blanks = (at: Cursor) => take(at, /[\s\ufeff]*/y);
const nextIs = (at: Cursor, char: string): boolean => {
  blanks(at);
  if (at.text[at.index] !== char) return false;
  at.index++;
  return true;
};
const expect = (at: Cursor, char: string) => {
  if (!nextIs(at, char)) throw unexpected(at);
};

const valueAt = (at: Cursor): unknown => {
  blanks(at);
  const char = at.text[at.index];
  if (char === '{') return documentAt(at);
  if (char === '[') return listAt(at, '[', ']');
  if (char === '"' || char === "'") return textAt(at);
  if (char === '/') return patternAt(at);
  const number = take(at, /[-+]?(?:Infinity\b|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/y);
  if (number !== undefined) return longOf(number) ?? Number(number);
  const word = take(at, /[A-Za-z_$][\w$]*/y);
  if (word === undefined) throw unexpected(at);
  return wordAt(at, word);
};

const documentAt = (at: Cursor): unknown => {
  expect(at, '{');
  const entries: [string, unknown][] = [];
  while (!nextIs(at, '}')) {
    const quote = at.text[at.index];
    const name = quote === '"' || quote === "'" ? textAt(at) : take(at, /[\w$.-]+/y);
    if (name === undefined) throw unexpected(at);
    expect(at, ':');
    entries.push([name, valueAt(at)]);
    if (!nextIs(at, ',')) {
      expect(at, '}');
      break;
    }
  }
  return Object.fromEntries(entries);
};

const listAt = (at: Cursor, open: string, close: string): unknown[] => {
  expect(at, open);
  const values: unknown[] = [];
  while (!nextIs(at, close)) {
    values.push(valueAt(at));
    if (!nextIs(at, ',')) {
      expect(at, close);
      break;
    }
  }
  return values;
};

const textAt = (at: Cursor): string => {
  const single = at.text[at.index] === "'";
  const found = take(at, single ? /'(?:[^'\\]|\\[\s\S])*'/y : /"(?:[^"\\]|\\[\s\S])*"/y);
  if (found === undefined) throw unexpected(at);
  const inner = single
    ? found
        .slice(1, -1)
        .replace(/\\'/g, "'")
        .replace(/(?<!\\)"/g, '\\"')
    : found.slice(1, -1);
  // Hand-made exports contain raw control characters.
  return JSON.parse(
    `"${inner.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`,
  ) as string;
};

const patternAt = (at: Cursor): unknown => {
  const found = take(at, /\/(?:[^/\\\n]|\\.)+\/[a-z]*/y);
  if (found === undefined) throw unexpected(at);
  const end = found.lastIndexOf('/');
  return { $regularExpression: { pattern: found.slice(1, end), options: [...found.slice(end + 1)].sort().join('') } };
};

const words: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  undefined: undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
};

const wordAt = (at: Cursor, word: string): unknown => {
  if (word === 'new') {
    blanks(at);
    const name = take(at, /[A-Za-z_$][\w$]*/y);
    if (name === undefined) throw unexpected(at);
    return wordAt(at, name);
  }
  if (Object.hasOwn(words, word)) return words[word];
  const made = Object.hasOwn(calls, word) ? calls[word] : undefined;
  if (made === undefined) throw unexpected(at);
  blanks(at);
  const given = at.text[at.index] === '(' ? listAt(at, '(', ')') : [];
  const value = made(given);
  if (value === undefined)
    throw new SyntaxError(`${word}(${given.map((one) => JSON.stringify(one)).join(', ')}) means nothing`);
  return value;
};

const dateOf = ([found]: readonly unknown[]): Date | undefined => {
  const date = typeof found === 'string' || typeof found === 'number' ? new Date(found) : new Date(Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
};

/** Each may throw, or return `undefined`, if its arguments make no sense. */
const calls: Readonly<Record<string, (given: readonly unknown[]) => unknown>> = {
  ObjectId: ([id]) => new ObjectId(String(id)),
  ISODate: dateOf,
  Date: dateOf,
  NumberLong: ([number]) => Long.fromString(String(number)),
  Long: ([number]) => Long.fromString(String(number)),
  NumberInt: ([number]) => Number(number),
  Int32: ([number]) => Number(number),
  Double: ([number]) => Number(number),
  NumberDecimal: ([number]) => Decimal128.fromString(String(number)),
  Decimal128: ([number]) => Decimal128.fromString(String(number)),
  Timestamp: ([t, i]) => new Timestamp({ t: Number(t), i: Number(i ?? 0) }),
  BinData: ([subtype, base64]) => Binary.createFromBase64(String(base64), Number(subtype)),
  HexData: ([subtype, hex]) => Binary.createFromHexString(String(hex), Number(subtype)),
  UUID: ([uuid]) => new UUID(String(uuid)),
  DBRef: ([collection, id]) => new DBRef(String(collection), id as ObjectId),
  Dbref: ([collection, id]) => new DBRef(String(collection), id as ObjectId),
  Symbol: ([text]) => (typeof text === 'string' ? text : undefined),
  Boolean: ([value]) => value === true || value === 1,
  RegExp: ([pattern, options]) => ({
    $regularExpression: { pattern: String(pattern), options: String(options ?? '') },
  }),
  MinKey: () => new MinKey(),
  MaxKey: () => new MaxKey(),
};
