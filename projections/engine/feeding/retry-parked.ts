import type { EventStore } from '../../../eventstore/event-store.ts';
import {
  isReadable,
  type Position,
  positionedAt,
  type StoredEvent,
  type UnreadableEvent,
} from '../../../eventstore/stored-event.ts';
import { userError } from '../../../platform/errors.ts';
import { type Lease, LeaseLost } from '../../../platform/lease/lease.ts';
import { type ProjectionEntry, projectionEntries } from '../../registry.ts';
import type { Build } from '../builds/builds.ts';
import { chooseBuilds } from '../builds/choose.ts';
import { type ProjectionCode, readCode } from '../builds/code.ts';
import { holderName, whileHolding } from '../builds/lease.ts';
import { openSandbox } from '../builds/sandbox.ts';
import { expectedShape } from '../builds/tables.ts';
import { type Database, execute, query } from '../database.ts';
import type { EngineDeps } from './feed.ts';
import { foldEvents, noChanges } from './fold.ts';
import { loadRows, openBuild, type RunningBuild } from './running-build.ts';
import { liveApply } from './settings.ts';
import { isDataError } from './writing/database-errors.ts';
import { insertParked } from './writing/insert-parked.ts';
import { rowStatements, writeRows } from './writing/row-statements.ts';
import { liveWrite } from './writing/transaction.ts';

export type Retried = {
  readonly schema: string;
  /** Records that were retried, and events that are applied now. */
  readonly records: number;
  readonly applied: number;
  /** Events that are still parked, or parked again. */
  readonly stillParked: number;
};

export type RetryOptions = {
  /** Only this record: the name of its stream, or its key. */
  readonly record?: string;
  readonly entries?: readonly ProjectionEntry[];
};

/**
 * Applies parked events with the code that is on disk now, if it has the same tables; the build uses that code from
 * then on. Each record continues where it was stopped, so its rows are those of a clean run of this code. The live
 * build and the candidate are retried, and are not fed meanwhile.
 *
 * @throws UserError if the fixed code has different tables, which takes a rebuild
 */
export const retryParked = async (deps: EngineDeps, name: string, options: RetryOptions = {}): Promise<Retried[]> => {
  const { live, candidate } = await chooseBuilds(deps.db, name);
  const codes = readCode(options.entries ?? projectionEntries);
  const code = codes.find(({ projection }) => projection.name === name);
  const retried: Retried[] = [];
  for (const build of [live, candidate]) {
    if (build === undefined || (await parkedStreams(deps.db, build, options.record)).length === 0) continue;
    // A rebuild in progress is not interrupted: it would fail, and it parks or rejects these events itself.
    const holding = { holder: holderName('retry'), force: build.state !== 'building' };
    const result = await whileHolding(deps.db, build, holding, async (lease, now) => {
      const streams = await parkedStreams(deps.db, now, options.record);
      if (code !== undefined) {
        checkTables(now, code);
        await adoptCode(deps.db, now, lease, code);
      }
      const running = await openBuild(deps.db, { ...now, code: code?.source ?? now.code }, lease);
      return await retryStreams(deps, running, streams);
    });
    if (result !== undefined) retried.push(result);
  }
  return retried;
};

type ParkedStream = {
  readonly stream: string;
  /** Where each of its parked events is in `$all`, by revision. */
  readonly positions: ReadonlyMap<bigint, Position>;
};

const parkedStreams = async (db: Database, { id }: Build, record?: string): Promise<ParkedStream[]> => {
  const rows = await query<{ stream_name: string; parked: readonly (readonly [string, string, string])[] }>(
    db,
    `select stream_name,
       json_agg(json_build_array(revision::text, commit_position::text, prepare_position::text) order by revision) as parked
     from ops.projection_parked
     where build_id = $1 and ($2::text is null or stream_name = $2 or stream_name like '%-' || $2)
     group by stream_name order by min(commit_position)`,
    [id, record ?? null],
  );
  return rows.map(({ stream_name, parked }) => ({
    stream: stream_name,
    positions: new Map(
      parked.map(([revision, commit, prepare]) => [
        BigInt(revision),
        { commit: BigInt(commit), prepare: BigInt(prepare) },
      ]),
    ),
  }));
};

const checkTables = (build: Build, code: ProjectionCode): void => {
  const before = expectedShape(openSandbox(build.code).projection);
  const after = expectedShape(code.projection);
  if (before.length === after.length && before.every((shape, index) => shape === after[index])) return;
  throw userError(`the tables of the fixed ${build.name} differ from those in ${build.schema}`, {
    code: 'retry-tables-differ',
    hint: `Rebuild it: openhouse projections rebuild ${build.name}`,
  });
};

const adoptCode = async (
  db: Database,
  { id }: Build,
  lease: Lease,
  { source, hash }: ProjectionCode,
): Promise<void> => {
  await liveWrite(db, lease, (trx) =>
    execute(trx, 'update ops.projection_build set code = $2, code_hash = $3 where id = $1 and code_hash <> $3', [
      id,
      source,
      hash,
    ]),
  );
};

const retryStreams = async (
  deps: EngineDeps,
  running: RunningBuild,
  streams: readonly ParkedStream[],
): Promise<Retried> => {
  let applied = 0;
  let stillParked = 0;
  for (const stream of streams) {
    const events = await eventsOf(deps, running, stream);
    try {
      const result = await retryStream(deps.db, running, stream.stream, events);
      applied += result.applied;
      stillParked += result.parked;
    } catch (error) {
      // The database still rejects the row, so the record stays as it was.
      if (!isDataError(error)) throw error;
      stillParked += events.length;
    }
  }
  return { schema: running.build.schema, records: streams.length, applied, stillParked };
};

/** The events from the first to the last that is parked, with their positions. */
const eventsOf = async ({ store }: EngineDeps, running: RunningBuild, { stream, positions }: ParkedStream) => {
  const revisions = [...positions.keys()];
  const [from, to] = [revisions[0]!, revisions.at(-1)!];
  const events: (StoredEvent | UnreadableEvent)[] = [];
  let position = positions.get(from)!;
  for await (const event of store.readStream(stream, from)) {
    if (event.revision > to) break;
    const after = position;
    if (!running.concerns(positionedAt(event, after))) continue;
    // One that the code on disk handles and the former one did not is not parked.
    position = positions.get(event.revision) ?? event.position ?? (await positionAfter(store, after, event.id));
    events.push(positionedAt(event, position));
  }
  return events;
};

/** Where in `$all` an event is that is known to come after a position. */
const positionAfter = async (store: EventStore, after: Position, id: string): Promise<Position> => {
  for await (const event of store.readAll({ after })) if (event.id === id) return event.position;
  throw new Error(`event ${id} is in its stream, but not in $all`);
};

const retryStream = async (
  db: Database,
  running: RunningBuild,
  stream: string,
  events: readonly (StoredEvent | UnreadableEvent)[],
): Promise<{ applied: number; parked: number }> => {
  const changes = noChanges(running.sandbox.projection);
  for (const known of running.rows.values()) known.clear();
  await loadRows(db, running, events.filter(isReadable));
  const { parked, handled } = foldEvents(
    running.sandbox,
    events,
    running.rows,
    changes,
    new Set(),
    liveApply.handlerLimitMs,
  );
  await liveWrite(db, running.lease, async (trx) => {
    await query(trx, 'delete from ops.projection_parked where build_id = $1 and stream_name = $2', [
      running.build.id,
      stream,
    ]);
    await writeRows(trx, rowStatements(running, changes));
    if (parked.length > 0) await insertParked(trx, running, parked);
    const found = await execute(trx, 'update ops.projection_build set events = events + $2 where id = $1', [
      running.build.id,
      handled,
    ]);
    if (found === 0) throw new LeaseLost(running.lease.name); // it was dropped
  });
  return { applied: handled, parked: parked.length };
};
