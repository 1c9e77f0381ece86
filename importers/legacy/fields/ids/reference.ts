import { isNameOfOtherType, nameOfId } from '../../../../domain/identity/legacy-id.ts';
import { isDocument, isMissing, nothing, type Reading, unclear, understood } from '../../reading.ts';
import { normaliseEmail } from '../people/email.ts';
import { documentKey } from './document-id.ts';

/**
 * How a document refers to another one: `id:<key>` if the type is certain (an ObjectId, a number, or text that cannot
 * be anything else); `ref:<name>` for text that may stand for an ID of another type (`"17"`, 24 hex digits);
 * `email:<address>`; or `key:<slot>:<key>` for another key of the target (`key:memberMlsId:3001`). See `legacy-id.ts`.
 */
export type Reference = `id:${string}` | `ref:${string}` | `email:${string}` | `key:${string}`;

/** A reference as shown to people: without its prefix. */
export const shownReference = (reference: Reference): string => reference.replace(/^(?:key:\w+|id|ref|email):/, '');

/**
 * Reads an ID of any type or spelling, or an e-mail address; also inside a document (`{ _id }`, DBRef) or a list of
 * one.
 */
export const readReference = (found: unknown): Reading<Reference> => {
  if (isMissing(found)) return nothing;
  if (typeof found === 'string') return readText(found);
  if (Array.isArray(found)) return found.length === 1 ? readReference(found[0]) : unclear('not-a-reference');
  if (typeof found === 'object' && found !== null && '_bsontype' in found && found._bsontype === 'DBRef') {
    return readReference((found as { oid?: unknown }).oid);
  }
  if (isDocument(found)) {
    const inner = ['_id', '$id', '$oid', '$uuid', '$numberLong', '$numberInt', 'id'].find((name) => name in found);
    if (inner !== undefined) return readReference(found[inner]);
    if (Object.keys(found).length === 0) return unclear('not-a-reference');
  }
  const key = typeof found === 'boolean' || Number.isNaN(found) ? undefined : documentKey(found);
  return key === undefined ? unclear('not-a-reference') : understood<Reference>(`id:${key}`);
};

const readText = (found: string): Reading<Reference> => {
  const email = found.includes('@') ? normaliseEmail(found) : undefined;
  if (email !== undefined) return understood<Reference>(`email:${email}`);
  const name = nameOfId(found);
  if (isNameOfOtherType(name)) return understood<Reference>(`ref:${name}`);
  const key = documentKey(found);
  return key === undefined ? nothing : understood<Reference>(`id:${key}`);
};
