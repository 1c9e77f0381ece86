import { documentKey } from '../legacy/fields/ids/document-id.ts';
import { idInBson } from './raw-id.ts';

/**
 * The key of a BSON document, found without reading the rest of it; `undefined` if it has none, or only reading it can
 * tell.
 */
export const keyInBson = (bytes: Buffer): string | undefined => {
  const id = idInBson(bytes);
  if (id === undefined) return undefined;
  if ('objectId' in id) return id.objectId;
  try {
    return documentKey(id.value);
  } catch {
    return undefined;
  }
};
