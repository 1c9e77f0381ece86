import { type Random, random } from './random.ts';
import type { World } from './world.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** When the first dump was taken (fixed: a sample must not depend on the day it is written). */
export const FIRST_DUMP = Date.parse('2026-09-07T05:00:00Z');

/** When the later dump was taken: two weeks later. */
export const LATER_DUMP = FIRST_DUMP + 14 * DAY;

/** How far back the database goes. */
export const HISTORY = 5 * 365 * DAY;

/** Rounds down to whole seconds: legacy dates are sometimes stored that way, and truncation must not put an update before its creation. */
export const toSecond = (time: number) => Math.floor(time / 1000) * 1000;

/** A moment in working hours (roughly Florida time) on the day of `time`. */
export function workingHour(time: number, r: Random): number {
  const day = Math.floor(time / DAY) * DAY;
  return toSecond(day + 13 * HOUR + r.next() * 10 * HOUR);
}

/**
 * When number `index` of `count` was created: five years ago for the first, increasingly dense towards the first dump, like
 * the records of a growing brokerage; from `count` on, between the two dumps. Milliseconds, increasing with `index` apart from jitter.
 */
export function createdAt(world: World, kind: 'listing' | 'contact', index: number): number {
  const count = kind === 'listing' ? world.listings : world.contacts;
  const r = random(world.seed, kind, index, 'created');
  if (index >= count) return toSecond(FIRST_DUMP + 6 * HOUR + r.next() * 11 * DAY);
  const share = 1 - (index + 0.2 + r.next() * 0.6) / count;
  return toSecond(FIRST_DUMP - 6 * HOUR - share * share * (HISTORY - DAY));
}

/** The number of the newest of `count` records created before `time`, according to `createdAt` (approximately). */
export function newestBefore(count: number, time: number): number {
  const age = Math.max(0, FIRST_DUMP - 6 * HOUR - time) / (HISTORY - DAY);
  return Math.max(0, Math.min(count - 1, Math.floor(count * (1 - Math.sqrt(age)))));
}

/** A moment between `from` and `to`. */
export const between = (from: number, to: number, r: Random) => toSecond(from + r.next() * Math.max(0, to - from));
