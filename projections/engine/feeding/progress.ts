import type { Position } from '../../../eventstore/stored-event.ts';
import type { EventBatch } from '../../../eventstore/subscribe.ts';
import type { RunningBuild } from './running-build.ts';

export type BuildProgress = {
  /** Events read so far in this run, and their approximate total. */
  readonly events: number;
  readonly total: number;
  /** The share that is done, 0 to 1. */
  readonly share: number;
  readonly eventsPerSecond: number;
  readonly secondsLeft: number | null;
};

/**
 * Counts events, and measures progress by position, which every event store has.
 *
 * @param end the final position
 * @returns a function to call with each batch
 */
export const progressOf = (
  runningBuilds: readonly RunningBuild[],
  end: Position | null,
  onProgress: (progress: BuildProgress) => void = () => {},
): ((batch: EventBatch) => void) => {
  const last = Number(end?.commit ?? 0n);
  const begin = Math.min(...runningBuilds.map(({ position }) => Number(position?.commit ?? 0n)));
  const started = Date.now();
  let events = 0;
  return (batch) => {
    events += batch.events.length;
    const at = Number(batch.position?.commit ?? 0n);
    const seconds = (Date.now() - started) / 1000;
    const done = last > begin ? Math.min(1, (at - begin) / (last - begin)) : 1;
    onProgress({
      events,
      total: done > 0 ? Math.max(events, Math.round(events / done)) : events,
      share: last === 0 ? 1 : Math.min(1, at / last),
      eventsPerSecond: seconds > 0 ? Math.round(events / seconds) : 0,
      secondsLeft: done > 0 ? Math.max(0, Math.round(seconds / done - seconds)) : null,
    });
  };
};
