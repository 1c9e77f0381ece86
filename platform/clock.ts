/**
 * The source of the current time. Rules take a `Date` argument and their callers ask a clock, so that a test (or a
 * what-if replay) can choose the time.
 */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
