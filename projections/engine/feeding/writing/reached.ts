import { EventEmitter } from 'node:events';
import type { Position } from '../../../../eventstore/stored-event.ts';
import { isAfter } from '../../builds/builds.ts';

/** By the projection's name: how far a build of it that this process feeds has been written. */
const reached = new EventEmitter<Record<string, [Position]>>();
reached.setMaxListeners(0);

/** Wakes those in this process who wait for a read model, once what they wait for is committed. */
export const noteReached = (name: string, position: Position): void => {
  reached.emit(name, position);
};

/**
 * Waits until a build of a projection that this process feeds is written up to a position, at most `ms`. This is only a
 * hint to look again: the build may not be the live one, and another process may feed it.
 */
export const untilReached = (name: string, position: Position, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      reached.off(name, onReached);
      resolve();
    };
    const onReached = (now: Position) => {
      if (!isAfter(position, now)) done();
    };
    const timer = setTimeout(done, ms);
    reached.on(name, onReached);
  });
