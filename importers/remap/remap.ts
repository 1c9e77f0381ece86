import { exitCodes, userError } from '../../platform/errors.ts';
import type { ImportDeps, ImportOptions } from '../deps.ts';
import { withSource } from '../inspecting/with-source.ts';
import type { MappedType } from '../mappings/compile.ts';
import { mappingOnFile } from '../mappings/kept-mappings.ts';
import { recordTypes } from '../mappings/record-types.ts';
import { type RoutedCollection, type RoutedSource, routeSource } from '../mappings/route.ts';
import { migrateImport } from '../migrations.ts';
import { resolvedIn } from '../quarantine/outcome.ts';
import { importRouted, type Ran } from '../running/import-source.ts';
import type { ImportSummary } from '../running/summarise.ts';
import type { LegacyCollection } from '../source.ts';
import { type Changes, tallyChanges } from './field-changes.ts';
import { countOnFile, type OnFile, sameAsOnFile, sourceOnFile } from './on-file.ts';
import { typesNamed } from './types-named.ts';

/** What reading a collection's documents again did, or would do. */
export type RemappedCollection = {
  readonly collection: LegacyCollection;
  readonly onFile: OnFile;
  /** Documents read, including those in quarantine. */
  readonly read: number;
  /** Those that say the same as before. */
  readonly unchanged: number;
  /** Those that now say something else, or became a record. */
  readonly changed: number;
  /** By reason. Records of documents that were sound before stay as they were. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** How many left the quarantine. */
  readonly resolved: number;
  /** Documents on file that the mapping's filter leaves out now; their records stay. */
  readonly leftOut: number;
  /** Documents on file that could not be read, because a release before this one did not keep them as they were. */
  readonly notKept: number;
};

export type Remapped = Changes & {
  readonly importRunId: string;
  readonly mapping: ImportSummary['mapping'];
  readonly collections: readonly RemappedCollection[];
  readonly eventCount: number;
  readonly notes: readonly string[];
};

export type RemapOptions = Pick<
  ImportOptions,
  'signal' | 'mapping' | 'patienceMs' | 'quarantineLimit' | 'acceptQuarantine'
> & {
  /** Only shows what would happen. */
  readonly dryRun?: boolean;
  /** A dump folder or the address of a MongoDB to read from, instead of the originals that imports kept. */
  readonly from?: string;
};

/**
 * Reads the documents of a collection again with the present mapping and readers, and appends what they now say
 * differently as corrections, with the mapping as their cause. The same rules as in an import apply: corrections by
 * people stay, what openhouse owns becomes a conflict, and a document that cannot be read any more goes to the
 * quarantine while its record stays. A document that was read is not read again, so an interrupted run continues where
 * it was.
 *
 * @param named a record type, or a collection as the mapping or the ledger calls it; or `all`
 * @throws UserError if no type or collection has that name, or too much would be quarantined
 */
export const remap = async (deps: ImportDeps, named: string, options: RemapOptions = {}): Promise<Remapped> => {
  const { db, store } = deps;
  const { dryRun = false, from, ...importing } = options;
  await migrateImport(db);
  const mapping = options.mapping ?? (await mappingOnFile(db));
  const types = typesNamed(mapping, named);
  const before = new Map<LegacyCollection, OnFile>();
  for (const type of types) {
    const { collection } = recordTypes[type.type];
    before.set(collection, await countOnFile(db, collection, type));
  }
  const tally = tallyChanges();
  const leftOut = new Map<LegacyCollection, number>();
  const look = async ({ db: on, summary }: Ran): Promise<Remapped> => {
    const resolved = new Map((await resolvedIn(on, summary.importRunId)).map((row) => [row.collection, row.count]));
    return {
      importRunId: summary.importRunId,
      mapping: summary.mapping,
      ...(await tally.read(store)),
      collections: await Promise.all(
        types.map(async (type) => {
          const { collection } = recordTypes[type.type];
          const onFile = before.get(collection)!;
          const out = leftOut.get(collection) ?? 0;
          const { unread } = await countOnFile(on, collection, type);
          const { read = 0, unchanged = 0, applied = 0, merged = 0 } = summary.collections[collection] ?? {};
          const quarantined = summary.quarantine[collection] ?? {};
          const changed = applied + merged;
          return {
            collection,
            onFile,
            read,
            unchanged,
            changed,
            quarantined,
            resolved: resolved.get(collection) ?? 0,
            leftOut: out,
            notKept: Math.max(0, unread - out),
          };
        }),
      ),
      eventCount: summary.events,
      notes: summary.notes,
    };
  };
  const run = async (source: RoutedSource) =>
    await importRouted(
      deps,
      { ...source, collections: source.collections.map((collection) => countingLeftOut(collection, leftOut)) },
      { name: `documents on file, read again (${named})`, kind: 'remap', mapping },
      // A rehearsal shows how much would be quarantined, however much that is.
      { ...importing, mapping, ...(dryRun ? { acceptQuarantine: 'a rehearsal' } : {}) },
      { rehearsal: dryRun, onAppend: tally.onAppend, look },
    );
  if (from === undefined) return await run(sourceOnFile(db, types));
  const signal = options.signal ?? new AbortController().signal;
  return await withSource(
    from,
    signal,
    async (source) => await run(fromSource(deps, routeSource(source, mapping), types)),
  );
};

const countingLeftOut = (collection: RoutedCollection, leftOut: Map<LegacyCollection, number>): RoutedCollection => ({
  ...collection,
  read: (onBytes, onLeftOut) =>
    collection.read(onBytes, (found) => {
      leftOut.set(collection.name, (leftOut.get(collection.name) ?? 0) + 1);
      onLeftOut?.(found);
    }),
});

const fromSource = ({ db }: ImportDeps, routed: RoutedSource, types: readonly MappedType[]): RoutedSource => {
  const collections = routed.collections.filter(({ mapped }) => types.includes(mapped));
  if (collections.length === 0)
    throw userError(`there is no such collection in this source`, { code: 'remap-nothing', exitCode: exitCodes.usage });
  return { live: true, notes: [], collections: collections.map((collection) => sameAsOnFile(db, collection)) };
};
