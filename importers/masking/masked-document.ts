import { lookOf, shapeOf } from './value-looks.ts';

/** Names of fields about people whose values are words from a list, amounts or switches. */
const impersonal =
  /^(?:_id|type|status|stage|source|frequency|active|activeYN|roles|cit(?:y|ies)|zips?|postalCodes?|state|beds|baths|(?:min|max)\w*|price|(?:created|updated|sent)?At|\w*Id|leadStage|leadSource|timeframe|listPrice(?:Min|Max)|bedroomsMin|languages|memberStatus|specialties|maxLeads|hours|criteria|scheduleType|activityType)$/;

/** What Extended JSON writes for an ObjectId, which says nothing about a person. */
const objectId = /^\{"\$oid":"([0-9a-f]{24})"\}$/i;

const maskedValue = (collection: string, name: string, text: string): string => {
  const mayShow = collection === 'properties' || impersonal.test(name);
  return mayShow && !/^(?:e-mail address|phone number)$/.test(lookOf(text)) && !text.includes('@')
    ? text
    : shapeOf(text);
};

/** A value of a field by its shape, if it may be personal. @param name the last name of its path */
export const masked = (collection: string, path: string, text: string): string =>
  objectId.exec(text)?.[1] ?? maskedValue(collection, path.slice(path.lastIndexOf('.') + 1), text);

/** A document (Extended JSON) with everything that may be personal shown by its shape; `null` if it is not JSON. */
export const maskedDocument = (collection: string, raw: string): unknown => {
  try {
    return maskedIn(collection, '', JSON.parse(raw), 0);
  } catch {
    return null;
  }
};

const maskedIn = (collection: string, name: string, found: unknown, depth: number): unknown => {
  if (depth > 20) return '…';
  if (typeof found === 'string') return maskedValue(collection, name, found);
  // A phone number, or the like.
  if (typeof found === 'number')
    return collection !== 'properties' && !impersonal.test(name) ? shapeOf(String(found)) : found;
  if (Array.isArray(found)) return found.map((item) => maskedIn(collection, name, item, depth + 1));
  if (typeof found !== 'object' || found === null) return found;
  // The names of Extended JSON say nothing about the value.
  const entries = Object.entries(found).map(([inner, value]) => [
    inner,
    maskedIn(collection, inner.startsWith('$') ? name : inner, value, depth + 1),
  ]);
  return Object.fromEntries(entries);
};
