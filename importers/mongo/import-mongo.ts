import { userError } from '../../platform/errors.ts';
import type { ImportDeps, ImportOptions } from '../deps.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { loadMapping } from '../mappings/load-mapping.ts';
import { canResume, collectionNames } from '../mappings/route.ts';
import { migrateImport } from '../migrations.ts';
import { isStoppedForQuarantine } from '../quarantine-limit.ts';
import { importSource } from '../running/import-source.ts';
import type { ImportSummary } from '../running/summarise.ts';
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

/**
 * One full pass over a connected MongoDB.
 * @param options.only only these collections
 */
export const fullPass = async (
  deps: ImportDeps,
  mongo: Mongo,
  options: ImportOptions & { readonly only?: readonly string[] } = {},
): Promise<ImportSummary> => {
  const { db } = deps;
  const { source: name } = mongo;
  const signal = options.signal ?? new AbortController().signal;
  await migrateImport(db);
  const mapping = options.mapping ?? (await loadMapping());
  const there = await findLiveCollections(mongo, collectionNames(mapping));
  const collections = there.collections.filter((collection) => options.only?.includes(collection) ?? true);
  if (collections.length === 0) throw nothingThere(mongo, mapping);
  const states = await followStates(db, name);
  const byHand = options.only === undefined;
  // Taken before anything is read: whatever changes from now on is found by polling from here.
  const startedAt = await mongo.now();
  const underWay = (collection: string): FollowState | undefined => {
    const state = states.get(collection);
    const resumable = mayContinue(state, mapping, byHand) && canResume(mapping, collection, there.collections);
    return resumable ? state : undefined;
  };
  const resumed = collections.some((collection) => underWay(collection) !== undefined);
  if (resumed) deps.say?.('an earlier pass over this database was interrupted; continuing it');
  for (const collection of collections) {
    if (underWay(collection) !== undefined) continue;
    await noteFollow(db, name, collection, {
      pass_started_at: startedAt,
      pass_after: null,
      pass_mapping_version: mapping.version,
      pass_stopped_yn: false,
    });
  }
  const read = new Set<string>();
  const source = {
    kind: 'live' as const,
    notes: there.notes,
    collections: collections.map((collection) => {
      const after = underWay(collection)?.passAfter ?? null;
      const onStaged = async (last: string) =>
        await noteFollow(db, name, collection, { pass_after: last, pass_mapping_version: mapping.version });
      return liveCollection(mongo, collection, { after, onStaged, onEnd: () => read.add(collection) }, signal);
    }),
  };
  try {
    const summary = await importSource(deps, source, name, { ...options, mapping });
    await completePass(deps, mongo, read, underWay, startedAt);
    return summary;
  } catch (error) {
    if (isStoppedForQuarantine(error))
      for (const collection of collections) await noteFollow(db, name, collection, { pass_stopped_yn: true });
    throw error;
  }
};

/** The error for a database without any of the CRM's collections: mostly, its name is wrong. */
export const nothingThere = ({ shown }: Mongo, mapping: CompiledMapping) =>
  userError(`${shown} has none of the collections of the mapping ${mapping.name}`, {
    code: 'mongo-nothing-there',
    hint: `Check the name of the database, and the mapping: it looks for ${collectionNames(mapping).join(', ')}. \`openhouse import inspect\` shows what is there.`,
  });

/**
 * Whether a pass may continue in a collection where the last one was interrupted: what that one staged was read with this mapping.
 * After one that stopped because of its quarantine, a person who imports again has corrected documents, so these are read;
 * following, which tries again every minute, goes on from there.
 */
const mayContinue = (state: FollowState | undefined, { version }: CompiledMapping, byHand: boolean): boolean =>
  (state?.passAfter ?? null) !== null && state!.passMappingVersion === version && !(byHand && state!.passStoppedYN);

const completePass = async (
  { db, clock }: ImportDeps,
  { source }: Mongo,
  read: ReadonlySet<string>,
  underWay: (collection: string) => FollowState | undefined,
  startedAt: Date,
): Promise<void> => {
  for (const name of read) {
    await noteFollow(db, source, name, {
      pass_after: null,
      passed_at: clock.now(),
      cursor_at: underWay(name)?.passStartedAt ?? startedAt,
      polled_at: clock.now(),
      waiting_since: null,
    });
  }
};
