import { hash } from 'node:crypto';
import { EJSON } from 'bson';
import { isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { normaliseEmail } from './email.ts';

/** What a document calls another one by: `id:<legacy id>` or `email:<address>`. */
export type Reference = `id:${string}` | `email:${string}`;

/**
 * A document's id as text: an ObjectId's 24 hex digits, a string or a number as it is, anything else as canonical Extended
 * JSON. `undefined` when there is none. A very long one is cut, and told from others by a hash: our keys hold 200 characters.
 */
export const idText = (found: unknown): string | undefined => {
  const text = wholeIdText(found);
  if (text === undefined || text.length <= maxIdLength) return text;
  return `${[...text].slice(0, 60).join('')}…${hash('sha1', text)}`;
};

const maxIdLength = 120;

const wholeIdText = (found: unknown): string | undefined => {
  if (found === undefined || found === null || found === '') return undefined;
  // PostgreSQL keeps no NUL in text.
  if (typeof found === 'string') return found.replace(/[\p{Cc}\p{Surrogate}]/gu, '\ufffd');
  if (typeof found === 'number' || typeof found === 'bigint') return String(found);
  if (typeof found === 'object' && '_bsontype' in found) {
    if (found._bsontype === 'ObjectId') return (found as unknown as { toHexString(): string }).toHexString();
    if (/^(Long|Int32|Double|Decimal128)$/.test(String(found._bsontype))) return String(found);
  }
  return EJSON.stringify(found, { relaxed: false });
};

/** When an ObjectId was made (its first four bytes), ISO 8601; `undefined` for other ids. */
export const idTime = (found: unknown): string | undefined => {
  const text = typeof found === 'object' && found !== null ? idText(found) : undefined;
  if (text === undefined || !/^[0-9a-f]{24}$/.test(text)) return undefined;
  const seconds = Number.parseInt(text.slice(0, 8), 16);
  return seconds === 0 ? undefined : new Date(seconds * 1000).toISOString();
};

/** An ObjectId, its 24 hex digits, an e-mail address, or an id given by hand; also as `{ _id }` or DBRef. */
export const readReference = (found: unknown): Reading<Reference> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'object' && found !== null) {
    if ('_bsontype' in found && found._bsontype === 'DBRef') return readReference((found as { oid?: unknown }).oid);
    if (!('_bsontype' in found) && '_id' in found) return readReference(found._id);
    if (Array.isArray(found) || found instanceof Date) return unclear('not-a-reference');
  }
  if (typeof found === 'string') {
    const text = found.trim();
    if (/^[0-9a-f]{24}$/i.test(text)) return understood<Reference>(`id:${text.toLowerCase()}`);
    const email = text.includes('@') ? normaliseEmail(text) : undefined;
    return understood<Reference>(email === undefined ? `id:${idText(text)}` : `email:${email}`);
  }
  const id = typeof found === 'boolean' ? undefined : idText(found);
  return id === undefined || id.startsWith('{') ? unclear('not-a-reference') : understood<Reference>(`id:${id}`);
};
