import type { Clock } from '../../platform/clock.ts';

/** A clock that stands still until it is moved. */
export function fixedClock(
  start: Date | string,
): Clock & { set(time: Date | string): void; advance(ms: number): void } {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    set: (next) => {
      time = new Date(next).getTime();
    },
    advance: (ms) => {
      time += ms;
    },
  };
}
