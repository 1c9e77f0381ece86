import { isUserError } from '../../../platform/errors.ts';
import type { AnyDatabase } from '../../database.ts';
import type { ImportDeps, ImportOptions } from '../../deps.ts';
import type { CompiledMapping, MappedType } from '../../mappings/compile.ts';
import { loadMapping } from '../../mappings/load-mapping.ts';
import { collectionNames } from '../../mappings/route.ts';
import { migrateImport } from '../../migrations.ts';
import { betweenImports, isUnfinished } from '../../running/import-run.ts';
import { importSource } from '../../running/import-source.ts';
import type { ImportSummary } from '../../running/summarise.ts';
import { anyToGroup } from '../../staging/grouping/marks.ts';
import { connectMongo, type Mongo, mongoSource } from '../connect.ts';
import { explainMongoError, isOfOneQuery } from '../explain-error.ts';
import { type FollowState, followStates, forgetOthers, noteAttempt, noteFollow, noteOutcome } from '../follow-state.ts';
import { fullPass, nothingThere } from '../import-mongo.ts';
import { findLiveCollections, readableOf } from '../live-source.ts';
import { compare } from './compare.ts';
import { type Gathered, type Gathering, isFull } from './gather.ts';
import { confirmedIn, keepingIn } from './kept.ts';
import { addNamesakes } from './namesakes.ts';
import { lateAmong, lookBack, noteLate } from './polling/late-dates.ts';
import { poll } from './polling/poll.ts';
import { typesLedBy, typesOf } from './standings.ts';
import { applyDeletions } from './sweeping/gone.ts';
import { leaveGoneEntries, leaveUnmappedEntries } from './sweeping/gone-entries.ts';
import { sweep } from './sweeping/sweep.ts';

export type FollowOptions = ImportOptions & {
  /** How far back each poll looks, in ms: the most that a change may be committed late or a clock may be off. */
  readonly lagMs?: number;
  /** How often to look for documents that are gone, and for changes of those without a usable date, in ms. */
  readonly sweepEveryMs?: number;
  /** How often to compare the contents of all documents, in ms. */
  readonly compareEveryMs?: number;
  /** The most that may be deleted of a collection without a person, as a share. */
  readonly maxGoneShare?: number;
};

/** What one run did. */
export type Followed = {
  /** Whether it read everything, because the database had never been read to its end. */
  readonly firstPass: boolean;
  /** Documents that were read, and those of them that are new or say something else than before. */
  readonly read: number;
  readonly changed: number;
  readonly events: number;
  readonly deleted: number;
  /** Documents in quarantine that are gone, and left it. */
  readonly leftQuarantine: number;
  /** Documents that are gone, on file or in quarantine, too many to go without a person. */
  readonly deletionsWaiting: number;
};

const defaultLagMs = 2 * 60_000;
const defaultSweepEveryMs = 60 * 60_000;
const defaultCompareEveryMs = 24 * 60 * 60_000;
const compareBudgetMs = 20_000;

/**
 * Reads what changed in a live MongoDB since the last run, and applies it: changes by their date, everything else by
 * sweeps that compare all documents. A database that has never been read to its end is read from the beginning first.
 * The result is recorded in `ops.import_follow_source`.
 *
 * @throws UserError if a server cannot be reached; the next run continues
 */
export const followMongo = async (deps: ImportDeps, url: string, options: FollowOptions = {}): Promise<Followed> => {
  const { db, clock } = deps;
  await migrateImport(db);
  const source = await mongoSource(url);
  await noteAttempt(db, source, clock.now());
  try {
    const followed = await connectAndFollow(deps, url, options);
    await noteOutcome(db, source, clock.now(), null, true);
    return followed;
  } catch (error) {
    if (options.signal?.aborted !== true) {
      const failure = isUserError(error) && error.code.startsWith('mongo-') ? error : null;
      await noteOutcome(db, source, clock.now(), failure, false).catch(() => {}); // PostgreSQL may be the server that is gone
    }
    throw error;
  }
};

const connectAndFollow = async (deps: ImportDeps, url: string, options: FollowOptions): Promise<Followed> => {
  const mongo = await connectMongo(url);
  try {
    return await follow(deps, mongo, { ...options, mapping: options.mapping ?? (await loadMapping()) });
  } catch (error) {
    throw explainMongoError(error, mongo.shown) ?? error;
  } finally {
    await mongo.close();
  }
};

type Following = FollowOptions & { readonly mapping: CompiledMapping };

const follow = async (deps: ImportDeps, mongo: Mongo, options: Following): Promise<Followed> => {
  const { db } = deps;
  const states = await followStates(db, mongo.source);
  const collections = await collectionsToFollow(db, mongo, options.mapping, states);
  await forgetOthers(db, mongo.source, collectionNames(options.mapping));
  const total = {
    firstPass: false,
    read: 0,
    changed: 0,
    events: 0,
    deleted: 0,
    leftQuarantine: 0,
    deletionsWaiting: 0,
  };
  const unread = collections.filter((name) => (states.get(name)?.passedAt ?? null) === null);
  if (unread.length > 0) {
    // Documents of a type that share an `_id` have to be seen together.
    const types = unread.flatMap((name) => typesOf(typesIn(options.mapping), name));
    const only = collections.filter((name) => unread.includes(name) || typesOf(types, name).length > 0);
    const { documents: read, changed, events } = await fullPass(deps, mongo, { ...options, only });
    Object.assign(total, { firstPass: unread.length === collections.length, read, changed, events });
    if (total.firstPass) return total;
  }
  for (let [complete, isBehind] = [false, false]; !complete; isBehind = !complete) {
    const round = await followRound(deps, mongo, collections, isBehind, options);
    total.read += round.read;
    total.changed += round.changed;
    total.events += round.events;
    total.deleted += round.deleted;
    total.leftQuarantine += round.leftQuarantine;
    total.deletionsWaiting = round.deletionsWaiting;
    complete = round.complete;
  }
  return total;
};

const typesIn = ({ types }: CompiledMapping): readonly MappedType[] =>
  Object.values(types).filter((type) => type !== undefined);

/**
 * The mapping's collections that exist, or once did, and that the user may read. For the others, the reason is
 * recorded.
 */
const collectionsToFollow = async (
  db: AnyDatabase,
  mongo: Mongo,
  mapping: CompiledMapping,
  states: ReadonlyMap<string, FollowState>,
): Promise<readonly string[]> => {
  const wanted = collectionNames(mapping);
  const { collections: there } = await findLiveCollections(mongo, wanted);
  // When a collection is gone, all of its documents are gone.
  const read = wanted.filter((name) => there.includes(name) || (states.get(name)?.passedAt ?? null) !== null);
  if (read.length === 0) throw nothingThere(mongo, mapping);
  const { readable, problems } = await readableOf(mongo, read);
  for (const name of read) {
    const problem = problems.get(name) ?? null;
    const before = states.get(name);
    // Only making the query again shows whether it works again.
    if (problem === null && (before?.passedAt ?? null) !== null) continue;
    if (problem !== (before?.problem ?? null)) await noteFollow(db, mongo.source, name, { problem });
  }
  return readable;
};

/** Gathers changes up to a limit, applies them, and only then notes that they were read. */
const followRound = async (
  deps: ImportDeps,
  mongo: Mongo,
  collections: readonly string[],
  isBehind: boolean,
  options: Following,
) => {
  const { db, clock } = deps;
  const { lagMs = defaultLagMs, maxGoneShare = 0.02, mapping } = options;
  const { sweepEveryMs = defaultSweepEveryMs, compareEveryMs = defaultCompareEveryMs } = options;
  const signal = options.signal ?? new AbortController().signal;
  const types = typesIn(mapping);
  const gathering: Gathering = { mongo, db, types, collections, signal };
  const states = await followStates(db, mongo.source);
  const now = await mongo.now();
  const notes: (() => Promise<void>)[] = [];
  const deletionNotes: (() => Promise<void>)[] = [];
  const found = new Map(collections.map((name): [string, Gathered] => [name, { found: [], bytes: 0 }]));
  const into = (name: string) => found.get(name)!;
  const note = (name: string, change: Parameters<typeof noteFollow>[3]): void => {
    if (Object.keys(change).length > 0) notes.push(() => noteFollow(db, mongo.source, name, change));
  };
  let [complete, deleted, leftQuarantine, deletionsWaiting] = [true, 0, 0, 0];
  let swept = false;
  const look = async (name: string): Promise<void> => {
    const gathered = into(name);
    const state = states.get(name)!;
    const polled = await poll(gathering, name, state, { now, lagMs, isBehind }, gathered);
    const byPoll = gathered.found.length;
    complete &&= polled.complete;
    // Seen by people while it is being applied.
    await noteFollow(db, mongo.source, name, { waiting_since: polled.oldestChanged });
    note(name, {
      cursor_at: polled.cursorAt,
      polled_at: clock.now(),
      waiting_since: polled.complete ? null : polled.cursorAt,
      ...(polled.newestChangeAt === null ? {} : { newest_change_at: polled.newestChangeAt }),
    });
    if (isFull(gathered)) return note(name, noteLate(state, polled.late, now));
    await lookAtAll(name, state, gathered);
    const passed = new Date(polled.cursorAt.getTime() - lagMs - lookBack(state, now));
    const since = state.comparedAt ?? state.passedAt;
    const found = gathered.found.slice(byPoll);
    const late = await lateAmong(db, types, name, found, { since, passed, now });
    note(name, noteLate(state, Math.max(polled.late, late), now));
  };
  const lookAtAll = async (name: string, state: FollowState, gathered: Gathered): Promise<void> => {
    if (isDue(state.sweptAt ?? state.passedAt, clock.now(), sweepEveryMs)) {
      const { complete, seen } = await sweep(gathering, name, now, into);
      if (complete) note(name, { swept_at: clock.now(), ...seen });
      swept = true;
      if (isFull(gathered)) return;
    }
    if (state.sweepAfter !== null || isDue(state.comparedAt ?? state.passedAt, clock.now(), compareEveryMs)) {
      // An import at the same time could change what was compared before its page is stored. Then the next run compares.
      const compared = await betweenImports(db, 'comparison', async ({ db, lease }) => {
        const holding = { ...gathering, db, signal: AbortSignal.any([signal, lease.lost]) };
        return await compare(holding, name, state.sweepAfter, compareBudgetMs, gathered);
      });
      if (compared === undefined) return;
      const { after } = compared;
      note(name, after === null ? { sweep_after: null, compared_at: clock.now() } : { sweep_after: after });
    }
  };
  const failed: unknown[] = [];
  for (const name of collections) {
    try {
      await look(name);
      if (states.get(name)!.problem !== null) note(name, { problem: null });
    } catch (error) {
      failed.push(error);
      // What was found is applied, and the next run looks again.
      await noteFollow(db, mongo.source, name, { problem: await problemOf(mongo, error) });
    }
  }
  if (failed.length === collections.length) throw failed[0];
  if (swept) leftQuarantine += await leaveUnmappedEntries(db, mongo.source, types, clock.now());
  for (const name of collections) {
    const state = states.get(name)!;
    const [confirmed, keeping] = [state.goneConfirmedAt !== null, keepingIn(state)];
    let [waiting, postponed] = [0, false];
    for (const type of typesLedBy(types, name, collections)) {
      const allowance = {
        now: clock.now(),
        maxShare: maxGoneShare,
        confirmed,
        confirmedBy: confirmedIn(state),
        keeping,
      };
      const gone = await applyDeletions(db, type, allowance);
      const deletionsWait = gone.waiting + gone.kept > 0;
      const entries = await leaveGoneEntries(db, mongo.source, type, { ...allowance, deletionsWait });
      deleted += gone.deleted;
      leftQuarantine += entries.left;
      waiting += gone.waiting + entries.waiting;
      postponed ||= gone.postponed;
    }
    deletionsWaiting += waiting;
    // What a person confirms from now on is for the next round.
    const settled = {
      ...(confirmed && !postponed
        ? { gone_confirmed_at: null, gone_confirmed_by: null, gone_confirmed_because: null }
        : {}),
      ...(keeping === null ? {} : { gone_kept_at: null, gone_kept_by: null, gone_kept_because: null }),
    };
    deletionNotes.push(() => noteFollow(db, mongo.source, name, { gone_waiting: waiting, ...settled }));
  }
  // If not, nothing is noted as read: the next run reads the same again, and begins with what is not set aside yet.
  const allAdded = await addNamesakes(gathering, found);
  const read = [...found.values()].reduce((sum, { found }) => sum + found.length, 0);
  const isWork = read + deleted > 0 || (await isUnfinished(db)) || (await anyToGroup(db));
  const { changed, events } = isWork ? await apply(deps, mongo, found, options) : { changed: 0, events: 0 };
  for (const done of [...(allAdded ? notes : []), ...deletionNotes]) await done();
  return { read, changed, events, deleted, leftQuarantine, deletionsWaiting, complete: complete || !allAdded };
};

/**
 * Why one collection cannot be read, in words, while others can.
 * @throws the error itself if it concerns all of them
 */
const problemOf = async (mongo: Mongo, error: unknown): Promise<string> => {
  if (!isOfOneQuery(error)) throw error;
  await mongo.now().catch(() => {
    throw error;
  });
  const { message, hint } = explainMongoError(error, mongo.shown)!;
  return hint === undefined ? message : `${message}. ${hint}`;
};

const isDue = (last: Date | null, now: Date, everyMs: number): boolean =>
  now.getTime() - (last?.getTime() ?? 0) >= everyMs;

const apply = async (
  deps: ImportDeps,
  { source: name }: Mongo,
  found: ReadonlyMap<string, Gathered>,
  options: Following,
): Promise<Pick<ImportSummary, 'changed' | 'events'>> => {
  const source = {
    kind: 'live' as const,
    notes: [],
    collections: [...found].map(([name, { found }]) => ({
      name,
      totalBytes: 0,
      async *read() {
        yield* found;
      },
    })),
  };
  return await importSource(deps, source, name, { ...options, part: true });
};
