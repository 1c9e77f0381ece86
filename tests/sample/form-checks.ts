import { type Document, ObjectId } from 'bson';

/** Whether a document contains a form. */
export type Shows = (document: Document) => boolean;
export type Forms = Record<string, Shows>;

/** The value of a field under any of its names. */
export type Value = (document: Document) => unknown;
export const at =
  (...names: string[]): Value =>
  (document) => {
    const name = names.find((candidate) => document[candidate] !== undefined);
    return name === undefined ? undefined : document[name];
  };

export const literally = (value: Value, ...spellings: unknown[]): Forms =>
  Object.fromEntries(
    spellings.map((spelling) => [JSON.stringify(spelling), (document) => value(document) === spelling]),
  );
export const matching =
  (value: Value, pattern: RegExp): Shows =>
  (document) => {
    const found = value(document);
    return typeof found === 'string' && pattern.test(found);
  };
export const named = (...names: string[]): Forms =>
  Object.fromEntries(names.map((name) => [`the name ${name}`, (document) => document[name] !== undefined]));
export const isList =
  (value: Value, each: (item: unknown) => boolean): Shows =>
  (document) => {
    const found = value(document);
    return Array.isArray(found) && found.length > 0 && found.every(each);
  };
export const withKeys =
  (value: Value, ...keys: string[]): Shows =>
  (document) => {
    const found = value(document);
    return typeof found === 'object' && found !== null && keys.every((key) => key in found);
  };
export const isString = (item: unknown) => typeof item === 'string';
export const number =
  (value: Value, from: number, to: number): Shows =>
  (document) => {
    const found = value(document);
    return typeof found === 'number' && found >= from && found < to;
  };
export const missing =
  (value: Value): Shows =>
  (document) =>
    value(document) === undefined;
export const under = (prefix: string, forms: Forms): Forms =>
  Object.fromEntries(Object.entries(forms).map(([name, shows]) => [`${prefix}: ${name}`, shows]));

export const dates = (value: Value): Forms => ({
  'a Date': (document) => value(document) instanceof Date,
  'an ISO string': matching(value, /^\d{4}-\d\d-\d\dT/),
  'epoch seconds': number(value, 1e9, 2e9),
  'epoch milliseconds': number(value, 1e12, 2e12),
});
export const stamps: Forms = {
  ...under('createdAt', { ...dates(at('createdAt')), missing: missing(at('createdAt')) }),
  ...under('updatedAt', { ...dates(at('updatedAt')), missing: missing(at('updatedAt')) }),
};
export const ids: Forms = under('_id', {
  ObjectId: ({ _id }) => _id instanceof ObjectId,
  string: ({ _id }) => typeof _id === 'string',
  number: ({ _id }) => typeof _id === 'number',
});
export const refs = (value: Value): Forms => ({
  ObjectId: (document) => value(document) instanceof ObjectId,
  'hex string': matching(value, /^[0-9a-f]{24}$/),
});
export const emailRef = (value: Value): Forms => ({ 'e-mail address': matching(value, /^[^@ ]+@example\.\w+$/) });
export const lists = (value: Value): Forms => ({
  list: isList(value, isString),
  'comma string': matching(value, /\w, ?\w/),
});
export const price = (value: Value): Forms => ({
  number: number(value, 1000, 1e8),
  digits: matching(value, /^\d+$/),
  '$450,000': matching(value, /^\$[\d,]+$/),
  '450k': matching(value, /^[\d.]+k$/),
  '1.2M': matching(value, /^[\d.]+M$/),
  range: matching(value, /^\$[\d,]+ - \$[\d,]+$/),
  ...literally(value, 0, -1, 'Call', null),
});
export const phones = (value: Value): Forms => ({
  '(561) 555-0134': matching(value, /^\(\d{3}\) \d{3}-\d{4}$/),
  number: number(value, 2e9, 1e10),
  extension: matching(value, /^\d{3}\.\d{3}\.\d{4} x\d+$/),
  '+1 561 555 0134': matching(value, /^\+1 \d{3} \d{3} \d{4}$/),
  ...literally(value, '5555555'),
  missing: missing(value),
});
export const yes = (value: Value): Forms => literally(value, true, 'Y', 1);
