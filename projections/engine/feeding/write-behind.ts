import type { Position, StoredEvent, UnreadableEvent } from '../../../eventstore/stored-event.ts';
import { isPerRecord } from '../../projection.ts';
import { TimeLimitExceeded } from '../builds/sandbox.ts';
import type { Database } from '../database.ts';
import { type OpenBatch, openBatch, writePending } from './apply.ts';
import { appendedBytes, bytesPerRow, compact, rowBytes } from './compact.ts';
import type { ParkedEvent } from './fold.ts';
import { openTextStore } from './keeping/text-store.ts';
import { forgetPending, forgetRows, type RunningBuild } from './running-build.ts';
import type { ApplyOptions } from './settings.ts';
import { explained, isDataError } from './writing/database-errors.ts';

/** The database rejected one of many rows; feeding them again in small batches finds which one. */
export class RowRefused extends Error {}

/** In bytes, roughly; for the rows of all builds together. */
export type WriteBehindLimits = {
  /** How much may wait to be written. The more, the fewer rows are written twice. */
  readonly pending: number;
  /** How much is kept in memory. */
  readonly known: number;
};

const defaultLimits: WriteBehindLimits = { pending: 72 * 1024 * 1024, known: 90 * 1024 * 1024 };

/** Takes batches for some builds; see `openWriteBehind`. */
export type WriteBehind = {
  /**
   * Folds a batch into each build.
   * @param position how far the builds are then
   * @param last write everything, and wait for it
   * @returns why some of them cannot continue
   */
  apply(
    runningBuilds: readonly RunningBuild[],
    events: readonly (StoredEvent | UnreadableEvent)[],
    position: Position,
    last: boolean,
  ): Promise<ReadonlyMap<RunningBuild, unknown>>;
  /** Waits for what is being written, and discards everything else in memory. */
  settle(): Promise<ReadonlyMap<RunningBuild, unknown>>;
};

/**
 * Keeps changed rows in memory over many batches, and writes them now and then while the next batches are being folded: a row that
 * changes ten times is mostly written once, and neither we nor PostgreSQL wait for the other. Each build has a transaction of
 * its own, on a connection of its own, with its checkpoint in it; so after a crash, each is where its last one left it.
 *
 * @param onParked is called with what was parked, once that is committed
 */
export const openWriteBehind = (
  db: Database,
  options: ApplyOptions,
  onParked: (running: RunningBuild, parked: readonly ParkedEvent[]) => void,
  limits = defaultLimits,
): WriteBehind => {
  /** The writes in progress; each resolves with the failure, if there was one. */
  const writing = new Map<RunningBuild, Promise<{ readonly failure: unknown } | undefined>>();
  /** Builds whose rows are on their way to the tables, where they cannot be read yet. */
  const inFlight = new Set<RunningBuild>();
  const store = openTextStore();
  /** Builds with rows in that store. */
  const fed = new Set<RunningBuild>();

  const finishWriting = async (running: RunningBuild): Promise<void> => {
    const result = await writing.get(running);
    writing.delete(running);
    if (result !== undefined) throw result.failure;
  };

  const write = async (running: RunningBuild, position: Position): Promise<void> => {
    await finishWriting(running);
    inFlight.add(running);
    const done = writePending(db, running, position, options).then(
      (parked) => {
        inFlight.delete(running);
        onParked(running, parked);
        return undefined;
      },
      (failure: unknown) => {
        inFlight.delete(running);
        return { failure };
      },
    );
    writing.set(running, done);
  };

  /** Before a batch, because while one is being folded the rows that it needs have to stay. */
  const forget = (runningBuilds: readonly RunningBuild[]): void => {
    let surplus = total(runningBuilds.map((running) => rowBytes(running, running.rows))) - limits.known;
    for (const running of runningBuilds) {
      if (inFlight.has(running)) continue;
      for (const { name, table } of running.sql.filter(({ table }) => isPerRecord(table))) {
        if (surplus <= 0) return;
        const before = running.rows.get(name)!.size;
        const each = bytesPerRow(table);
        forgetRows(running, name, Math.ceil(surplus / each));
        surplus -= (before - running.rows.get(name)!.size) * each;
      }
    }
  };

  const failed = async (running: RunningBuild, error: unknown): Promise<unknown> => {
    await writing.get(running);
    writing.delete(running);
    forgetPending(running);
    return isDataError(error) ? new RowRefused('', { cause: error }) : await explained(db, running, error);
  };

  return {
    async apply(runningBuilds, events, position, last) {
      const failures = new Map<RunningBuild, unknown>();
      const each = (some: readonly RunningBuild[], work: (running: RunningBuild) => Promise<void>) =>
        Promise.all(
          some.map(async (running) => {
            if (failures.has(running)) return;
            try {
              await work(running);
            } catch (error) {
              failures.set(running, await failed(running, error));
            }
          }),
        );
      forget(runningBuilds);
      const batches = new Map<RunningBuild, OpenBatch>();
      await each(runningBuilds, async (running) => {
        fed.add(running);
        batches.set(running, await openBatch(db, running, events, options));
      });
      rushAll(batches, options.handlerLimitMs);
      await each(runningBuilds, async (running) => {
        batches.get(running)!.finish();
        compact(running, store);
      });
      const due = last
        ? runningBuilds
        : dueOf(
            runningBuilds.filter((running) => !failures.has(running)),
            limits.pending,
          );
      await each(due, (running) => write(running, position));
      if (last) await each(runningBuilds, finishWriting);
      return failures;
    },
    async settle() {
      const failures = new Map<RunningBuild, unknown>();
      for (const running of [...writing.keys()]) {
        try {
          await finishWriting(running);
        } catch (error) {
          failures.set(running, await failed(running, error));
        }
      }
      for (const running of fed) forgetPending(running);
      store.close();
      return failures;
    },
  };
};

/** Under one time limit for all builds. What it interrupts is finished by each on its own. */
const rushAll = (batches: ReadonlyMap<RunningBuild, OpenBatch>, limitMs: number): void => {
  const [first] = batches.keys();
  try {
    first?.sandbox.run(() => {
      for (const batch of batches.values()) {
        try {
          batch.rush();
        } catch {
          // `finish` meets the same error, and then it counts for that build alone.
        }
      }
    }, limitMs);
  } catch (error) {
    if (!(error instanceof TimeLimitExceeded)) throw error;
  }
};

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/**
 * How much text of rows that no later event changes may wait. They gain nothing by it, but other rows of the same build,
 * which have to be written with them, do: those would be written again and again.
 */
const appendedLimit = (others: number): number =>
  Math.min(32 * 1024 * 1024, Math.max(1024 * 1024, appendedPerOther * others));

const appendedPerOther = 4;

/**
 * The builds to write: those with the most rows, until the rest is within the limit, and those that gain nothing by
 * waiting.
 */
const dueOf = (runningBuilds: readonly RunningBuild[], limit: number): RunningBuild[] => {
  const waiting = runningBuilds
    .map((running) => {
      const appended = appendedBytes(running);
      const others = rowBytes(running, running.pending.changed);
      // Most of that text is in a file, so it does not count as memory.
      return { running, ripe: appended >= appendedLimit(others), bytes: others };
    })
    .sort((a, b) => b.bytes - a.bytes);
  let surplus = total(waiting.map(({ bytes }) => bytes)) - limit;
  const due: RunningBuild[] = [];
  for (const { running, ripe, bytes } of waiting) {
    if (surplus <= 0 && !ripe) continue;
    due.push(running);
    surplus -= bytes;
  }
  return due;
};
