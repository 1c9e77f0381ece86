import { EJSON } from 'bson';
import { longOf, mayHaveBigIntegers } from './big-integers.ts';
import { parseShellJson } from './shell-json.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a document in any form that mongoexport ever wrote: Extended JSON version 1 and 2, canonical and relaxed, with
 * `NaN` and `Infinity`, and the mongo shell's `ObjectId("…")`, `ISODate("…")`, `NumberLong(…)`. An invalid wrapper
 * (such as an invalid date) is left as a sub-document, so that the rest of the document can be read. Integers that a
 * JavaScript number cannot represent become a Long, as they do when BSON is read.
 *
 * @throws SyntaxError if it is not JSON in any of these forms
 */
export const parseExtendedJson = (text: string): unknown => {
  let json: unknown;
  try {
    json = JSON.parse(text);
    if (mayHaveBigIntegers(text)) json = parseShellJson(text);
  } catch (error) {
    try {
      json = parseShellJson(text);
    } catch (own) {
      // If the text was meant as JSON, JSON's own message is the clearest; but too deep nesting is another matter.
      throw own instanceof RangeError ? own : error;
    }
  }
  return ofJson(json);
};

const ofJson = (found: unknown): unknown => {
  if (typeof found !== 'object' || found === null || '_bsontype' in found || found instanceof Date) return found;
  if (Array.isArray(found)) return found.map(ofJson);
  const wrapped = ofWrapper(found as Json);
  if (wrapped !== undefined) return wrapped.value;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(found)) {
    // An entry called `__proto__` must stay an ordinary entry.
    if (name === '__proto__')
      Object.defineProperty(copy, name, { value: ofJson(value), enumerable: true, configurable: true });
    else copy[name] = ofJson(value);
  }
  return copy;
};

const wrapperNames =
  /^\$(?:oid|binary|type|uuid|symbol|numberInt|numberLong|numberDouble|numberDecimal|minKey|maxKey|regex|options|regularExpression|timestamp|date|undefined|code|scope|ref|id|db|dbPointer)$/;

const ofWrapper = (found: Json): { readonly value: unknown } | undefined => {
  const names = Object.keys(found);
  if (names.length === 0 || names.length > 3 || !names.every((name) => wrapperNames.test(name))) return undefined;
  if ('$undefined' in found) return { value: undefined };
  const long = names.length === 1 && typeof found.$numberLong === 'string' ? longOf(found.$numberLong) : undefined;
  if (long !== undefined) return { value: long };
  if ('$date' in found) return dateOf(found.$date);
  try {
    const value: unknown = EJSON.deserialize(inVersion2(found) as Parameters<typeof EJSON.deserialize>[0], {
      relaxed: true,
    });
    const same = typeof value === 'object' && value !== null && !('_bsontype' in value) && !(value instanceof Date);
    return same ? undefined : { value };
  } catch {
    return undefined;
  }
};

/** Version 1 wrote some of the wrappers differently. */
const inVersion2 = (found: Json): Json => {
  if (typeof found.$binary === 'string') {
    const subType = typeof found.$type === 'number' ? found.$type.toString(16) : String(found.$type ?? '00');
    return { $binary: { base64: found.$binary, subType: subType.padStart(2, '0').slice(-2) } };
  }
  for (const name of ['$numberLong', '$numberInt', '$numberDouble', '$numberDecimal']) {
    if (typeof found[name] === 'number') return { [name]: String(found[name]) };
  }
  return found;
};

/** `{ $date: "2012-01-01T00:00:00.000+0000" }`, `{ $date: 1325376000000 }`, `{ $date: { $numberLong: "1325376000000" } }` */
const dateOf = (found: unknown): { readonly value: Date } | undefined => {
  const inner =
    typeof found === 'object' && found !== null && '$numberLong' in found ? Number(found.$numberLong) : found;
  if (typeof inner !== 'number' && typeof inner !== 'string') return undefined;
  const value = new Date(inner);
  return Number.isNaN(value.getTime()) ? undefined : { value };
};
