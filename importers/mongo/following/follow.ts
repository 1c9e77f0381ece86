import { sql } from 'kysely';
import type { ImportDeps, ImportOptions } from '../../deps.ts';
import { importSource } from '../../import-source.ts';
import type { CompiledMapping } from '../../mappings/compile.ts';
import { loadMapping } from '../../mappings/load-mapping.ts';
import { collectionNames } from '../../mappings/route.ts';
import { migrateImport } from '../../migrations.ts';
import { connectMongo, type Mongo } from '../connect.ts';
import { explainMongoError } from '../explain-error.ts';
import { type FollowState, followStates, noteFollow } from '../follow-state.ts';
import { fullPass } from '../import-mongo.ts';
import { findLiveCollections } from '../live-source.ts';
import { typesOf } from './changed-among.ts';
import { countUndated, datePaths, type Gathered, type Gathering, isFull, isIndexed, poll, sweep } from './gather.ts';
import { applyDeletions, noteMissing } from './gone.ts';

export type FollowOptions = ImportOptions & {
  /** How far back each poll looks, in ms: the most that a change may be committed late or a clock may be off. */
  readonly lagMs?: number;
  /** How often all documents are compared, in ms. */
  readonly sweepEveryMs?: number;
  /** The most that may be deleted of a collection without a person, as a share. */
  readonly maxGoneShare?: number;
};

/** What one run did. */
export type Followed = {
  /** Whether it read everything, because the database had never been read to its end. */
  readonly firstPass: boolean;
  readonly changed: number;
  readonly events: number;
  readonly deleted: number;
  /** Documents that are gone, too many to be deleted without a person. */
  readonly deletionsWaiting: number;
};

export const defaultLagMs = 2 * 60_000;
const defaultSweepEveryMs = 60 * 60_000;
const sweepBudgetMs = 20_000;

/**
 * Reads what changed in a live MongoDB since the last run, and applies it: changes by their date, everything else by
 * sweeps that compare all documents. If it has never been read to the end, reads all of it first.
 *
 * @throws UserError if a server cannot be reached; the next run continues
 */
export const followMongo = async (deps: ImportDeps, url: string, options: FollowOptions = {}): Promise<Followed> => {
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
  await migrateImport(db);
  const { collections } = await findLiveCollections(mongo, collectionNames(options.mapping));
  const states = await followStates(db, mongo.shown);
  if (collections.some((name) => (states.get(name)?.passedAt ?? null) === null)) {
    const { documents, events } = await fullPass(deps, mongo, options);
    return { firstPass: true, changed: documents, events, deleted: 0, deletionsWaiting: 0 };
  }
  const total = { firstPass: false, changed: 0, events: 0, deleted: 0, deletionsWaiting: 0 };
  for (let complete = false; !complete; ) {
    const round = await followRound(deps, mongo, collections, options);
    total.changed += round.changed;
    total.events += round.events;
    total.deleted += round.deleted;
    total.deletionsWaiting = round.deletionsWaiting;
    complete = round.complete;
  }
  return total;
};

/** Gathers changes up to a limit, applies them, and only then notes that they were read. */
const followRound = async (deps: ImportDeps, mongo: Mongo, collections: readonly string[], options: Following) => {
  const { db, clock } = deps;
  const { lagMs = defaultLagMs, sweepEveryMs = defaultSweepEveryMs, maxGoneShare = 0.02, mapping } = options;
  const signal = options.signal ?? new AbortController().signal;
  const types = Object.values(mapping.types).filter((type) => type !== undefined);
  const gathering: Gathering = { mongo, db, types, signal };
  const states = await followStates(db, mongo.shown);
  const now = await mongo.now();
  const notes: (() => Promise<void>)[] = [];
  const found = new Map<string, Gathered>();
  const note = (name: string, change: Parameters<typeof noteFollow>[3]) =>
    notes.push(() => noteFollow(db, mongo.shown, name, change));
  let [complete, deleted, deletionsWaiting] = [true, 0, 0];
  for (const name of collections) {
    const gathered: Gathered = { found: [], bytes: 0 };
    found.set(name, gathered);
    const state = states.get(name)!;
    const polled = await poll(gathering, name, state, { now, lagMs }, gathered);
    complete &&= polled.complete;
    // Seen by people while it is being applied.
    await noteFollow(db, mongo.shown, name, { waiting_since: polled.oldestChanged });
    note(name, {
      cursor_at: polled.cursorAt,
      polled_at: clock.now(),
      waiting_since: null,
      ...(polled.newestChangeAt === null ? {} : { newest_change_at: polled.newestChangeAt }),
    });
    if (!isSweepDue(state, clock.now(), sweepEveryMs) || isFull(gathered)) continue;
    const swept = await sweep(gathering, name, state.sweepAfter, sweepBudgetMs, gathered);
    if (!swept.complete) {
      note(name, { sweep_after: swept.after });
      continue;
    }
    const [path] = datePaths(types, name);
    note(name, {
      sweep_after: null,
      swept_at: clock.now(),
      indexed_yn: path === undefined ? null : await isIndexed(mongo, name, path),
      ...(path === undefined ? {} : await countUndated(mongo, name, path, now)),
    });
    for (const type of typesOf(types, name)) await noteMissing(gathering, type);
  }
  for (const name of collections) {
    const confirmed = states.get(name)?.goneConfirmedAt !== null;
    let waiting = 0;
    for (const type of typesOf(types, name)) {
      const gone = await applyDeletions(db, type, { now: clock.now(), maxShare: maxGoneShare, confirmed });
      deleted += gone.deleted;
      waiting += gone.waiting;
    }
    deletionsWaiting += waiting;
    note(name, { gone_waiting: waiting, gone_confirmed_at: null });
  }
  const changed = [...found.values()].reduce((sum, { found }) => sum + found.length, 0);
  const events = changed + deleted > 0 || (await isUnfinished(db)) ? await apply(deps, mongo, found, options) : 0;
  for (const done of notes) await done();
  return { changed, events, deleted, deletionsWaiting, complete };
};

const isSweepDue = ({ sweepAfter, sweptAt, passedAt }: FollowState, now: Date, everyMs: number): boolean => {
  if (sweepAfter !== null) return true;
  const last = Math.max(sweptAt?.getTime() ?? 0, passedAt?.getTime() ?? 0);
  return now.getTime() - last >= everyMs;
};

/** Whether a run ended before it had applied everything that was staged. (Refused records are tried again with the next change.) */
const isUnfinished = async (db: ImportDeps['db']): Promise<boolean> => {
  const { rows } = await sql<{ unfinished: boolean }>`
    select exists (select from ops.import_pending where not suspect)
      or coalesce((select result <> 'succeeded' from ops.import_run order by import_run_id desc limit 1), false)
      as unfinished`.execute(db);
  return rows[0]!.unfinished;
};

const apply = async (
  deps: ImportDeps,
  { shown }: Mongo,
  found: ReadonlyMap<string, Gathered>,
  options: Following,
): Promise<number> => {
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
  const { events } = await importSource(deps, source, shown, { ...options, part: true });
  return events;
};
