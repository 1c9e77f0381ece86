/**
 * Where time comes from. Rules take a `Date` as an argument; whoever calls them asks a clock, so that a test (or a
 * what-if replay) can say what time it is.
 */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is told to move. */
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
