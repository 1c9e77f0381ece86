import type { AnyDatabase } from '../database.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import type { RoutedSource } from '../mappings/route.ts';
import { documentOf, type Entry, entriesToRead, type Selection } from './entries.ts';

/** Entries of the quarantine as a source, whose documents count as the latest version. */
export const quarantineSource = (db: AnyDatabase, mapping: CompiledMapping, selection: Selection): RoutedSource =>
  keptSource(mapping, (collection) => entriesToRead(db, collection, selection));

/** One entry as a source. */
export const entrySource = (mapping: CompiledMapping, entry: Entry): RoutedSource =>
  keptSource(mapping, async function* (collection) {
    if (collection === entry.collection && !entry.refused) yield entry;
  });

const keptSource = (
  mapping: CompiledMapping,
  entriesOf: (collection: Entry['collection']) => AsyncIterable<Entry>,
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
      async *read() {
        for await (const entry of entriesOf(name)) yield documentOf(entry);
      },
    };
  }),
});
