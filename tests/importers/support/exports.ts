import { EJSON } from 'bson';

type Typed = { readonly _bsontype?: string; readonly value?: number; readonly [name: string]: unknown };

/** A document, read with `promoteValues: false`, as a line of mongoexport: Extended JSON version 2, canonical. */
export const canonicalJson = (document: object): string => EJSON.stringify(document, { relaxed: false });

/** The same, relaxed: numbers are plain digits, whatever their size; a double has a decimal point. */
export const relaxedJson = (document: object): string => written(document, ofRelaxed);

/** The same as version 1, which servers up to 4.0 wrote. */
export const version1Json = (document: object): string => written(document, ofVersion1);

type Form = (value: Typed, inner: (value: unknown) => string) => string | undefined;

const written = (value: unknown, form: Form): string => {
  const inner = (part: unknown) => written(part, form);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '{"$undefined":true}';
  if (value instanceof Date || '_bsontype' in value) {
    return form(value as Typed, inner) ?? EJSON.stringify({ value }, { relaxed: false }).slice('{"value":'.length, -1);
  }
  if (Array.isArray(value)) return `[${value.map(inner).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${inner(part)}`)
    .join(',')}}`;
};

const ofRelaxed: Form = (value, inner) => {
  if (value instanceof Date) return dateOf(value, value.toISOString);
  if (value._bsontype === 'Int32' || value._bsontype === 'Long') return String(value);
  if (value._bsontype === 'DBRef') return dbRef(value, inner);
  if (value._bsontype !== 'Double' || !Number.isFinite(value.value)) return undefined;
  const text = String(value.value);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

const ofVersion1: Form = (value, inner) => {
  if (value instanceof Date) return dateOf(value, () => value.toISOString().replace('Z', '+0000'));
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
      return String(value.value);
    case 'BSONSymbol':
      return JSON.stringify(value.value);
    case 'DBRef':
      return dbRef(value, inner);
    case 'BSONRegExp':
      return `{"$regex":${JSON.stringify(value.pattern)},"$options":${JSON.stringify(value.options)}}`;
    case 'Binary':
      return `{"$binary":"${(value.toString as (encoding: string) => string)('base64')}","$type":"${Number(value.sub_type).toString(16).padStart(2, '0')}"}`;
    default:
      return undefined;
  }
};

const dbRef = (value: Typed, inner: (value: unknown) => string) =>
  `{"$ref":${JSON.stringify(value.collection)},"$id":${inner(value.oid)}}`;

/** Dates that ISO 8601 does not write with four digits are numbers, in both versions. */
const dateOf = (value: Date, text: () => string): string => {
  const time = value.getTime();
  const isOdd = !(time >= 0 && time < Date.UTC(10_000, 0));
  return isOdd ? `{"$date":{"$numberLong":"${time}"}}` : `{"$date":"${text.call(value)}"}`;
};
