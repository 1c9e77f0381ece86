import type { Position, StoredEvent, UnreadableEvent } from '../../eventstore/stored-event.ts';
import { errorCode, errorMessage } from '../../platform/errors.ts';
import { storableJson } from '../../platform/storable.ts';
import type { Row } from '../projection.ts';
import { isAfter } from './builds.ts';
import { type Database, execute, query } from './database.ts';
import { foldEvents, type ParkedEvent, type RowsByTable } from './fold.ts';
import { LeaseLost } from './lease.ts';
import { checkShape, forgetOldRows, forgetPending, loadRows, type Member, nothingPending } from './member.ts';

export type ApplyOptions = {
  /** What a handler (or the database) refuses is parked; without, it stops the build with `EventRefused`. */
  readonly park: boolean;
  /** How long the handler of one event may take, in ms. */
  readonly handlerLimitMs: number;
  /** How long one statement may take, in ms. */
  readonly statementLimitMs: number;
  /** Wait until each commit is on disk. A rebuild need not: after a crash it goes on from an earlier batch. */
  readonly durable: boolean;
};

/** An event that the build cannot take, where it was told to stop then. The build stands right before it. */
export class EventRefused extends Error {
  readonly parked: ParkedEvent;
  constructor(parked: ParkedEvent) {
    const { event, message } = parked;
    super(`${event.type} ${event.streamName}@${event.revision} (position ${event.position.commit}): ${message}`);
    this.parked = parked;
  }
}

/**
 * Folds a batch over a build's rows in memory, reading those that are not there yet. Nothing is written before `writePending`.
 * Events that the build has had already are left out.
 *
 * @throws EventRefused
 */
export const foldBatch = async (
  db: Database,
  member: Member,
  batch: readonly (StoredEvent | UnreadableEvent)[],
  options: ApplyOptions,
): Promise<void> => {
  const { pending } = member;
  const events = batch.filter((event) => isAfter(event.position, member.position) && member.concerns(event));
  await loadRows(db, member, events);
  const { parked, handled } = foldEvents(
    member.sandbox,
    events,
    member.rows,
    pending.changed,
    member.parkedStreams,
    options.handlerLimitMs,
  );
  if (parked[0] !== undefined && !options.park) throw new EventRefused(parked[0]);
  for (const each of parked) {
    pending.parked.push(each);
    member.parkedStreams.add(each.event.streamName);
  }
  pending.handled += handled;
  pending.last = events.at(-1) ?? pending.last;
};

/**
 * Writes what was folded, thousands of rows with a statement, what had to be parked, and the checkpoint, all in one transaction.
 * So each event counts once, whatever crashes when.
 *
 * @param position how far the build is then
 * @returns what was parked
 * @throws LeaseLost, and what PostgreSQL says
 */
export const writePending = async (
  db: Database,
  member: Member,
  position: Position,
  options: ApplyOptions,
): Promise<readonly ParkedEvent[]> => {
  const { changed, parked, last, handled } = member.pending;
  await transact(db, options, async (trx) => {
    await writeRows(trx, member, changed);
    if (parked.length > 0) await insertParked(trx, member, parked);
    await writeCheckpoint(trx, member, position, last, handled);
  });
  member.pending = nothingPending(member.sandbox);
  member.position = position;
  forgetOldRows(member);
  return parked;
};

/**
 * Folds and writes a batch. When the database does not like some row, halving tells which one; its event is parked and the
 * rest is not held up by it.
 *
 * @param position how far the build is when the batch is done
 * @returns what was parked
 * @throws LeaseLost, EventRefused, UserError (tables changed by hand), and what PostgreSQL says when it is away or full
 */
export const applyBatch = async (
  db: Database,
  member: Member,
  batch: readonly (StoredEvent | UnreadableEvent)[],
  position: Position,
  options: ApplyOptions,
): Promise<readonly ParkedEvent[]> => {
  if (!isAfter(position, member.position)) return [];
  const events = batch.filter((event) => isAfter(event.position, member.position) && member.concerns(event));
  try {
    await foldBatch(db, member, events, options);
    return await writePending(db, member, position, options);
  } catch (error) {
    forgetPending(member);
    if (!isDataError(error)) throw await explained(db, member, error);
    await checkShape(db, member.build, member.sandbox);
    if (events.length === 1) {
      const refused: ParkedEvent = { event: events[0]!, cause: 'database', message: errorMessage(error) };
      if (!options.park) throw new EventRefused(refused);
      member.pending.parked.push(refused);
      member.pending.last = events[0];
      member.parkedStreams.add(refused.event.streamName);
      return await writePending(db, member, position, options);
    }
    const half = events.slice(0, events.length >> 1);
    return [
      ...(await applyBatch(db, member, half, half.at(-1)!.position, options)),
      ...(await applyBatch(db, member, events.slice(half.length), position, options)),
    ];
  }
};

/** A batch that holds nothing for some builds moves their checkpoints, all with one statement. Gives those that lost their lease. */
export const advance = async (
  db: Database,
  members: readonly Member[],
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
): Promise<Member[]> => {
  const behind = members.filter((member) => isAfter(position, member.position));
  if (behind.length === 0) return [];
  const rows = await query<{ id: string }>(
    db,
    `update ops.projection_build b
     set commit_position = $3, prepare_position = $4, last_event_id = coalesce($5, last_event_id),
         last_event_position = coalesce($6, last_event_position), last_event_created = coalesce($7, last_event_created)
     from unnest($1::bigint[], $2::bigint[]) as held(id, token)
     where b.id = held.id and b.lease_token = held.token
     returning b.id`,
    [
      behind.map(({ lease }) => lease.buildId),
      behind.map(({ lease }) => lease.token),
      position.commit,
      position.prepare,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
    ],
  );
  const moved = new Set(rows.map(({ id }) => id));
  for (const member of behind) if (moved.has(member.build.id)) member.position = position;
  return behind.filter(({ build }) => !moved.has(build.id));
};

/** One transaction as the live models are written. */
export const liveWrite = <Result>(db: Database, work: (trx: Database) => Promise<Result>): Promise<Result> =>
  transact(db, { statementLimitMs: 60_000, durable: true }, work);

const transact = <Result>(
  db: Database,
  { statementLimitMs, durable }: Pick<ApplyOptions, 'statementLimitMs' | 'durable'>,
  work: (trx: Database) => Promise<Result>,
): Promise<Result> =>
  db.transaction().execute(async (trx) => {
    await query(trx, `select set_config('statement_timeout', $1, true), set_config('synchronous_commit', $2, true)`, [
      String(statementLimitMs),
      durable ? 'on' : 'off',
    ]);
    return await work(trx);
  });

/** Some 4 MB of JSON: it is held three times on its way to PostgreSQL. */
const rowsPerStatement = 2_000;

export const writeRows = async (trx: Database, member: Member, changed: RowsByTable): Promise<void> => {
  for (const { name, upsert, remove } of member.sql) {
    const rows: Row[] = [];
    const removed: string[] = [];
    for (const [key, row] of changed.get(name)!) {
      if (row === null) removed.push(key);
      else rows.push(row);
    }
    if (removed.length > 0) await query(trx, remove, [removed]);
    for (let from = 0; from < rows.length; from += rowsPerStatement) {
      await query(trx, upsert, [storableJson(rows.slice(from, from + rowsPerStatement))]);
    }
  }
};

export const insertParked = async (trx: Database, member: Member, parked: readonly ParkedEvent[]): Promise<void> => {
  await query(
    trx,
    `insert into ops.projection_parked
       (build_id, stream_name, revision, commit_position, prepare_position, event_id, event_type, cause, message)
     select $1, p.* from json_to_recordset($2::json) as p(
       stream text, revision bigint, commit bigint, prepare bigint, id text, type text, cause text, message text)`,
    [
      member.build.id,
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
  member: Member,
  position: Position,
  last: StoredEvent | UnreadableEvent | undefined,
  handled: number,
): Promise<void> => {
  const moved = await execute(
    trx,
    `update ops.projection_build
     set commit_position = $3, prepare_position = $4, events = events + $5, last_event_id = coalesce($6, last_event_id),
         last_event_position = coalesce($7, last_event_position), last_event_created = coalesce($8, last_event_created)
     where id = $1 and lease_token = $2`,
    [
      member.build.id,
      member.lease.token,
      position.commit,
      position.prepare,
      handled,
      last?.id ?? null,
      last?.position.commit ?? null,
      last?.created ?? null,
    ],
  );
  if (moved === 0) throw new LeaseLost(`${member.build.schema} is fed by somebody else now, or was dropped`);
};

/** Values that do not fit (class 22), constraints (23), too large (54): the row's fault, not the server's. */
export const isDataError = (error: unknown): boolean => /^(22|23|54)/.test(errorCode(error) ?? '');

/** A table or column that is not there any more is told by what changed, not by PostgreSQL's words. */
export const explained = async (db: Database, member: Member, error: unknown): Promise<unknown> => {
  if (!/^42|^3F/.test(errorCode(error) ?? '')) return error;
  return await checkShape(db, member.build, member.sandbox).then(
    () => error,
    (told: unknown) => told,
  );
};
