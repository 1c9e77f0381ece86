import { hash } from 'node:crypto';
import { EJSON } from 'bson';

/**
 * The key that releases before typed keys (see `document-id.ts`) gave a document with this `_id`; a ledger written by
 * such a release knows the document by it. Text and other types could share a key then. `undefined` if there was none.
 */
export const formerDocumentKey = (id: unknown): string | undefined => {
  const text = wholeKey(id);
  return text === undefined || text.length <= 120 ? text : `${[...text].slice(0, 60).join('')}…${hash('sha1', text)}`;
};

const wholeKey = (id: unknown): string | undefined => {
  if (id === undefined || id === null || id === '') return undefined;
  if (typeof id === 'string') return id.replace(/[\p{Cc}\p{Surrogate}]/gu, '\ufffd');
  if (typeof id === 'number' || typeof id === 'bigint') return String(id);
  if (typeof id === 'object' && '_bsontype' in id) {
    if (id._bsontype === 'ObjectId') return (id as unknown as { toHexString(): string }).toHexString();
    if (/^(Long|Int32|Double|Decimal128)$/.test(String(id._bsontype))) return String(id);
  }
  try {
    return EJSON.stringify(id, { relaxed: false });
  } catch {
    return undefined; // that release could not read it either
  }
};
