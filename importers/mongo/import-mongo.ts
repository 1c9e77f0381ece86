import type { ImportDeps, ImportOptions } from '../deps.ts';
import { importSource } from '../import-source.ts';
import { loadMapping } from '../mappings/load-mapping.ts';
import { collectionNames } from '../mappings/route.ts';
import { migrateImport } from '../migrations.ts';
import type { ImportSummary } from '../reporting/summarise.ts';
import { connectMongo, type Mongo } from './connect.ts';
import { type FollowState, followStates, noteFollow } from './follow-state.ts';
import { findLiveCollections, liveCollection } from './live-source.ts';

/**
 * Imports a live MongoDB once, every collection from its first `_id` to its last. If an earlier pass was interrupted, it
 * continues there. Importing it again appends only what has changed.
 *
 * @throws UserError if a server cannot be reached or goes away; everything done until then is kept
 */
export const importMongo = async (
  deps: ImportDeps,
  url: string,
  options: ImportOptions = {},
): Promise<ImportSummary> => {
  const mongo = await connectMongo(url);
  try {
    return await fullPass(deps, mongo, options);
  } finally {
    await mongo.close();
  }
};

/** One full pass over a connected MongoDB. */
export const fullPass = async (deps: ImportDeps, mongo: Mongo, options: ImportOptions = {}): Promise<ImportSummary> => {
  const { db } = deps;
  const { shown } = mongo;
  const signal = options.signal ?? new AbortController().signal;
  await migrateImport(db);
  const mapping = options.mapping ?? (await loadMapping());
  const { collections, notes } = await findLiveCollections(mongo, collectionNames(mapping));
  const states = await followStates(db, shown);
  // Taken before anything is read: whatever changes from now on is found by polling from here.
  const startedAt = await mongo.now();
  const resumed = collections.some((name) => isUnderWay(states.get(name)));
  if (resumed) deps.say?.('an earlier pass over this database was interrupted; continuing it');
  for (const name of collections) {
    const state = states.get(name);
    if (isUnderWay(state)) continue;
    await noteFollow(db, shown, name, { pass_started_at: startedAt, pass_after: null });
  }
  const read = new Set<string>();
  const source = {
    kind: 'live' as const,
    notes,
    collections: collections.map((name) => {
      const state = states.get(name);
      const after = isUnderWay(state) ? (state?.passAfter ?? null) : null;
      const onStaged = async (last: string) => await noteFollow(db, shown, name, { pass_after: last });
      return liveCollection(mongo, name, { after, onStaged, onEnd: () => read.add(name) }, signal);
    }),
  };
  const summary = await importSource(deps, source, shown, { ...options, mapping });
  await completePass(deps, mongo, read, states, startedAt);
  return summary;
};

/** Whether a pass was interrupted after it had staged some of the collection. */
const isUnderWay = (state: FollowState | undefined): boolean => (state?.passAfter ?? null) !== null;

const completePass = async (
  { db, clock }: ImportDeps,
  { shown }: Mongo,
  read: ReadonlySet<string>,
  states: ReadonlyMap<string, FollowState>,
  startedAt: Date,
): Promise<void> => {
  for (const name of read) {
    const state = states.get(name);
    await noteFollow(db, shown, name, {
      pass_after: null,
      passed_at: clock.now(),
      cursor_at: isUnderWay(state) ? state!.passStartedAt! : startedAt,
      polled_at: clock.now(),
      waiting_since: null,
    });
  }
};
