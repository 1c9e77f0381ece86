import type { Position, StoredEvent, UnreadableEvent } from '../../../eventstore/stored-event.ts';
import { storableJson } from '../../../platform/database/storable.ts';
import { errorCode, errorMessage } from '../../../platform/errors.ts';
import { type Lease, LeaseLost } from '../../../platform/lease/lease.ts';
import { isAfter } from '../builds/builds.ts';
import { type Database, execute, query } from '../database.ts';
import { foldEvents, type ParkedEvent } from './fold.ts';
import { rowStatements, writeRows } from './row-statements.ts';
import {
  checkShape,
  forgetOldRows,
  forgetPending,
  loadRows,
  nothingPending,
  type RunningBuild,
} from './running-build.ts';

export type ApplyOptions = {
  /**
   * Whether to park an event that a handler (or the database) rejects; otherwise it stops the build with
   * `EventRefused`.
   */
  readonly park: boolean;
  /** The time limit of a handler for one event, in ms. */
  readonly handlerLimitMs: number;
  /** The time limit of one statement, in ms. */
  readonly statementLimitMs: number;
  /**
   * Whether to wait until each commit is on disk. A rebuild does not need to: after a crash it continues from an
   * earlier batch.
   */
  readonly durable: boolean;
};

/** An event that the build rejected and has to stop at. The build is left right before it. */
export class EventRefused extends Error {
  readonly parked: ParkedEvent;
  constructor(parked: ParkedEvent) {
    const { event, message } = parked;
    super(`${event.type} ${event.streamName}@${event.revision} (position ${event.position.commit}): ${message}`);
    this.parked = parked;
  }
}

/**
 * Folds a batch into a build's rows in memory, reading rows that are not there yet. Nothing is written before
 * `writePending`. Events that the build already has are skipped.
 *
 * @throws EventRefused
 */
export const foldBatch = async (
  db: Database,
  running: RunningBuild,
  batch: readonly (StoredEvent | UnreadableEvent)[],
  options: ApplyOptions,
): Promise<void> => {
  const { pending } = running;
  const fresh = eventsAfter(batch, running.position);
  const events = fresh.filter(running.concerns);
  await loadRows(db, running, events);
  const { parked, handled } = foldEvents(
    running.sandbox,
    events,
    running.rows,
    pending,
    running.parkedStreams,
    options.handlerLimitMs,
  );
  if (parked[0] !== undefined && !options.park) throw new EventRefused(parked[0]);
  for (const each of parked) {
    pending.parked.push(each);
    running.parkedStreams.add(each.event.streamName);
  }
  pending.handled += handled;
  // Whether it concerns the build or not: the build's position is known by it.
  pending.last = fresh.at(-1) ?? pending.last;
};

/** The events of a batch, which are in order, that a build does not have yet. */
const eventsAfter = <Event extends StoredEvent | UnreadableEvent>(
  batch: readonly Event[],
  position: Position | null,
): readonly Event[] =>
  batch[0] === undefined || isAfter(batch[0].position, position)
    ? batch
    : batch.filter((event) => isAfter(event.position, position));

/**
 * Writes what was folded (thousands of rows per statement), what had to be parked, and the checkpoint, all in one
 * transaction. So each event counts exactly once, whatever crashes when.
 *
 * @param position the build's position afterwards
 * @returns what was parked
 * @throws LeaseLost, and PostgreSQL's own errors
 */
export const writePending = async (
  db: Database,
  running: RunningBuild,
  position: Position,
  options: ApplyOptions,
): Promise<readonly ParkedEvent[]> => {
  const { parked, last, handled } = running.pending;
  // As the rows are now: they change in place when folding goes on while these are being written.
  const statements = rowStatements(running, running.pending);
  running.pending = nothingPending(running.sandbox);
  try {
    await transact(db, running.lease, options, async (trx) => {
      await writeRows(trx, statements);
      if (parked.length > 0) await insertParked(trx, running, parked);
      await writeCheckpoint(trx, running, position, last, handled);
    });
  } catch (error) {
    running.pending.parked.unshift(...parked);
    throw error;
  }
  running.position = position;
  return parked;
};

/**
 * Folds and writes a batch. If the database rejects a row, halving the batch finds it; its event is parked and does not
 * hold up the rest.
 *
 * @param position the build's position after the batch
 * @returns what was parked
 * @throws LeaseLost, EventRefused, UserError (tables changed by hand), and PostgreSQL's own errors if it is down or
 * full
 */
export const applyBatch = async (
  db: Database,
  running: RunningBuild,
  batch: readonly (StoredEvent | UnreadableEvent)[],
  position: Position,
  options: ApplyOptions,
): Promise<readonly ParkedEvent[]> => {
  if (!isAfter(position, running.position)) return [];
  const events = eventsAfter(batch, running.position).filter(running.concerns);
  try {
    await foldBatch(db, running, events, options);
    const parked = await writePending(db, running, position, options);
    forgetOldRows(running);
    return parked;
  } catch (error) {
    forgetPending(running);
    if (!isDataError(error)) throw await explained(db, running, error);
    await checkShape(db, running.build, running.sandbox);
    if (events.length === 1) {
      const refused: ParkedEvent = { event: events[0]!, cause: 'database', message: errorMessage(error) };
      if (!options.park) throw new EventRefused(refused);
      running.pending.parked.push(refused);
      running.pending.last = events[0];
      running.parkedStreams.add(refused.event.streamName);
      return await writePending(db, running, position, options);
    }
    const half = events.slice(0, events.length >> 1);
    return [
      ...(await applyBatch(db, running, half, half.at(-1)!.position, options)),
      ...(await applyBatch(db, running, events.slice(half.length), position, options)),
    ];
  }
};

/**
 * Moves the checkpoints of builds for which a batch has no events, in one statement. Returns those that have lost their
 * lease.
 */
export const advance = async (
  db: Database,
  runningBuilds: readonly RunningBuild[],
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
): Promise<RunningBuild[]> => {
  const behind = runningBuilds.filter((running) => isAfter(position, running.position));
  if (behind.length === 0) return [];
  const rows = await query<{ id: string }>(
    db,
    // All leases are locked before the first row, in the same order as when feeding is paused.
    `with held as materialized (
       select array_agg(id) as ids from unnest($1::bigint[], $2::text[], $3::bigint[]) as lease (id, name, token)
       where ops.hold_lease(name, token)
     )
     update ops.projection_build b
     set commit_position = $4, prepare_position = $5, last_event_id = coalesce($6, last_event_id),
         last_event_position = coalesce($7, last_event_position), last_event_created = coalesce($8, last_event_created)
     from held where b.id = any (held.ids)
     returning b.id`,
    [
      behind.map(({ build }) => build.id),
      behind.map(({ lease }) => lease.name),
      behind.map(({ lease }) => lease.token),
      position.commit,
      position.prepare,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
    ],
  );
  const moved = new Set(rows.map(({ id }) => id));
  for (const running of behind) if (moved.has(running.build.id)) running.position = position;
  return behind.filter(({ build }) => !moved.has(build.id));
};

/**
 * One transaction of a build's holder, as for live models.
 * @throws LeaseLost
 */
export const liveWrite = <Result>(
  db: Database,
  lease: Lease,
  work: (trx: Database) => Promise<Result>,
): Promise<Result> => transact(db, lease, { statementLimitMs: 60_000, durable: true }, work);

const transact = <Result>(
  db: Database,
  { name, token }: Lease,
  { statementLimitMs, durable }: Pick<ApplyOptions, 'statementLimitMs' | 'durable'>,
  work: (trx: Database) => Promise<Result>,
): Promise<Result> =>
  db.transaction().execute(async (trx) => {
    const [first] = await query<{ held: boolean }>(
      trx,
      `select set_config('statement_timeout', $1, true), set_config('synchronous_commit', $2, true),
         ops.hold_lease($3, $4) as held`,
      [String(statementLimitMs), durable ? 'on' : 'off', name, token],
    );
    if (first?.held !== true) throw new LeaseLost(name);
    return await work(trx);
  });

export const insertParked = async (
  trx: Database,
  running: RunningBuild,
  parked: readonly ParkedEvent[],
): Promise<void> => {
  await query(
    trx,
    `insert into ops.projection_parked
       (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
     select $1, p.* from json_to_recordset($2::json) as p(
       stream text, revision bigint, commit bigint, prepare bigint, id text, type text, cause text, message text)`,
    [
      running.build.id,
      storableJson(
        parked.map(({ event, cause, message }) => ({
          stream: event.streamName,
          revision: String(event.revision),
          commit: String(event.position.commit),
          prepare: String(event.position.prepare),
          id: event.id,
          type: event.type,
          cause,
          message: message.slice(0, 2_000),
        })),
      ),
    ],
  );
};

const writeCheckpoint = async (
  trx: Database,
  running: RunningBuild,
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
  handled: number,
): Promise<void> => {
  const moved = await execute(
    trx,
    // Readers that wait for this read model are notified as soon as the transaction has committed.
    `update ops.projection_build
     set commit_position = $2, prepare_position = $3, events = events + $4, last_event_id = coalesce($5, last_event_id),
         last_event_position = coalesce($6, last_event_position), last_event_created = coalesce($7, last_event_created)
     where id = $1
     returning case when $4 > 0 then pg_notify('openhouse_read_model', $8) end`,
    [
      running.build.id,
      position.commit,
      position.prepare,
      handled,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
      running.build.name,
    ],
  );
  if (moved === 0) throw new LeaseLost(running.lease.name); // it was dropped
};

/** Values that do not fit (class 22), constraints (23), too large (54): errors in the row, not in the server. */
export const isDataError = (error: unknown): boolean => /^(22|23|54)/.test(errorCode(error) ?? '');

/** If a table or column is missing, the error says what was changed by hand, instead of PostgreSQL's message. */
export const explained = async (db: Database, running: RunningBuild, error: unknown): Promise<unknown> => {
  if (!/^42|^3F/.test(errorCode(error) ?? '')) return error;
  return await checkShape(db, running.build, running.sandbox).then(
    () => error,
    (told: unknown) => told,
  );
};
