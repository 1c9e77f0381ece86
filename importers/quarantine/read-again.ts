import type { AnyDatabase } from '../database.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import type { RoutedSource } from '../mappings/route.ts';
import type { Found } from '../source.ts';
import { documentOf, type Entry, entriesToRead } from './entries.ts';
import { refusedDocuments } from './refused.ts';
import type { Selection } from './selection.ts';

/** Entries of the quarantine as a source, whose documents count as the latest version. */
export const quarantineSource = (db: AnyDatabase, mapping: CompiledMapping, selection: Selection): RoutedSource =>
  keptSource(mapping, async function* (collection) {
    for await (const entry of entriesToRead(db, collection, selection)) yield documentOf(entry)!;
    yield* refusedDocuments(db, collection, selection);
  });

/** One entry as a source, as it is when it is read. */
export const entrySource = (mapping: CompiledMapping, current: () => Entry): RoutedSource =>
  keptSource(mapping, async function* (collection) {
    const entry = current();
    const found = documentOf(entry);
    if (collection === entry.collection && found !== undefined) yield found;
  });

const keptSource = (
  mapping: CompiledMapping,
  documentsOf: (collection: Entry['collection']) => AsyncIterable<Found>,
): RoutedSource => ({
  live: true,
  notes: [],
  collections: recordTypeNames.flatMap((type) => {
    const mapped = mapping.types[type];
    const name = recordTypes[type].collection;
    if (mapped === undefined) return [];
    return {
      name,
      mapped,
      totalBytes: 0,
      idsAreUnique: true,
      read: () => documentsOf(name),
    };
  }),
});
