import { documentKey } from '../legacy/fields/ids/document-id.ts';
import { idInBson } from './raw-id.ts';

/** The key of a BSON document that is not read otherwise; `undefined` if it has to be read to know, or has none. */
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
