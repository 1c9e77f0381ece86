/**
 * The source of the current time. Rules take a `Date` argument and their callers ask a clock, so that a test (or a
 * what-if replay) can choose the time.
 */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

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
