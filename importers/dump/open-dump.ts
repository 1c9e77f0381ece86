import { basename, dirname, resolve } from 'node:path';
import { legacyCollections, type Source } from '../source.ts';
import { bsonDocuments, readAll } from './bson-documents.ts';
import { findCollections } from './find-collections.ts';
import { jsonDocuments } from './json/json-documents.ts';

/**
 * A dump folder (from mongodump or mongoexport, see `findCollections`), or one of its files, as a source of legacy
 * documents. Does not read any documents yet.
 *
 * @param wanted the names of the collections to be read, or all of them
 * @throws UserError if there are none of them
 */
export const openDump = async (
  folder: string,
  wanted: readonly string[] | 'all' = legacyCollections,
): Promise<Source> => {
  const { files, notes } = await findCollections(folder, wanted);
  return {
    kind: 'dump',
    ...(files[0] === undefined ? {} : { database: basename(dirname(resolve(files[0].path))) }),
    notes,
    collections: files.map((file) => {
      const of = { name: file.collection, totalBytes: file.bytes };
      if (file.format !== 'bson') return { ...of, read: (onBytes) => jsonDocuments(file, onBytes) };
      const bson = bsonDocuments(file);
      return { ...of, bson, read: (onBytes) => readAll(bson, onBytes) };
    }),
  };
};
