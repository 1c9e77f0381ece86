import type { Source } from '../source.ts';
import { bsonDocuments } from './bson-documents.ts';
import { findCollections } from './find-collections.ts';
import { jsonDocuments } from './json-documents.ts';

/**
 * A dump folder (from mongodump or mongoexport, see `findCollections`) as a source of legacy documents. Does not read
 * any documents yet.
 * @throws UserError if the folder contains nothing that can be imported.
 */
export const openDump = async (folder: string): Promise<Source> => {
  const { files, notes } = await findCollections(folder);
  return {
    notes,
    collections: files.map((file) => ({
      name: file.collection,
      totalBytes: file.bytes,
      read: (onBytes) => (file.format === 'bson' ? bsonDocuments(file, onBytes) : jsonDocuments(file, onBytes)),
    })),
  };
};
