import type { Position, StoredEvent, UnreadableEvent } from '../../../eventstore/stored-event.ts';
import { errorMessage } from '../../../platform/errors.ts';
import { isAfter } from '../builds/builds.ts';
import type { Database } from '../database.ts';
import { openFolding, type ParkedEvent } from './fold.ts';
import {
  checkShape,
  forgetOldRows,
  forgetPending,
  loadRows,
  nothingPending,
  type RunningBuild,
} from './running-build.ts';
import type { ApplyOptions } from './settings.ts';
import { writeCheckpoint } from './writing/checkpoint.ts';
import { explained, isDataError } from './writing/database-errors.ts';
import { insertParked } from './writing/insert-parked.ts';
import { noteReached } from './writing/reached.ts';
import { rowStatements, writeRows } from './writing/row-statements.ts';
import { transact } from './writing/transaction.ts';

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
): Promise<void> => (await openBatch(db, running, batch, options)).finish();

/** A batch of which every row that it needs has been read. */
export type OpenBatch = {
  /** See `Folding`. */
  rush(): void;
  /** @throws EventRefused */
  finish(): void;
};

/** As `foldBatch`, in steps. */
export const openBatch = async (
  db: Database,
  running: RunningBuild,
  batch: readonly (StoredEvent | UnreadableEvent)[],
  options: ApplyOptions,
): Promise<OpenBatch> => {
  const fresh = eventsAfter(batch, running.position);
  const events = fresh.filter(running.concerns);
  await loadRows(db, running, events);
  const { pending } = running;
  const folding = openFolding(
    running.sandbox,
    events,
    running.rows,
    pending,
    running.parkedStreams,
    options.handlerLimitMs,
  );
  return {
    rush: folding.rush,
    finish() {
      const { parked, handled } = folding.finish();
      if (parked[0] !== undefined && !options.park) throw new EventRefused(parked[0]);
      for (const each of parked) {
        pending.parked.push(each);
        running.parkedStreams.add(each.event.streamName);
      }
      pending.handled += handled;
      // Whether it concerns the build or not: the build's position is known by it.
      pending.last = fresh.at(-1) ?? pending.last;
    },
  };
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
  const { parked, last, handled, appended } = running.pending;
  // As the rows are now: they change in place when folding goes on while these are being written.
  const statements = rowStatements(running, running.pending, appended);
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
  } finally {
    for (const text of appended.values()) text.close();
  }
  running.position = position;
  noteReached(running.build.name, position);
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
