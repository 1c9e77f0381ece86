import { type UserError, userError } from '../../platform/errors.ts';
import { eventIdAt } from '../event-at.ts';
import type { EventStore } from '../event-store.ts';
import { failureOf } from '../server/failure.ts';

/**
 * The position up to which something outside the event store (a read model, a cursor, an import) was derived from it: a
 * commit position in `$all`, and the last event considered, if known.
 */
export type Mark = {
  readonly position: bigint;
  readonly event: { readonly id: string; readonly position: bigint } | null;
};

/**
 * - `fits`: the store still holds what the mark was made from, as far as can be determined
 * - `beyond`: the store ends before it
 * - `other`: the store holds another event at that position
 */
export type Fit = 'fits' | 'beyond' | 'other';

/**
 * Whether the store reported that it does not know a position; the caller that keeps that position has to check its
 * mark.
 */
export const isForeignPosition = (error: unknown): boolean => failureOf(error)?.kind === 'not-here';

/** Whether a position still refers to the same event: an event store restored from a backup assigns positions again. */
export const fitOf = async (store: EventStore, { position, event }: Mark): Promise<Fit> => {
  const end = await store.lastPosition();
  if (position >= 0n && (end === null || end.commit < position)) return 'beyond';
  if (position < 0n) return 'fits'; // it was made from nothing
  const at = event?.position ?? position;
  let found: string | null;
  try {
    found = await eventIdAt(store, { commit: at, prepare: at });
  } catch (error) {
    // A real node refuses to read from a position where no event begins.
    if (isForeignPosition(error)) return 'other';
    throw error;
  }
  // No event at that position means that it was scavenged, which is harmless.
  return event === null || found === null || found === event.id ? 'fits' : 'other';
};

/** @throws UserError naming `what`, if the event store is no longer the one that the mark was made from */
export const checkMark = async (store: EventStore, what: string, mark: Mark): Promise<void> => {
  const fit = await fitOf(store, mark);
  if (fit !== 'fits') throw storeChanged(what, mark, fit, (await store.lastPosition())?.commit ?? null);
};

/** The error for a mark that no longer fits the event store. */
const storeChanged = (what: string, mark: Mark, fit: Exclude<Fit, 'fits'>, end: bigint | null): UserError => {
  const why =
    fit === 'beyond'
      ? `it ends at position ${end ?? 'none'}, but ${what} goes up to ${mark.position}`
      : `the event at position ${mark.event?.position ?? mark.position} is not the one recorded for ${what}`;
  return userError(`the event store was truncated or replaced: ${why}`, {
    code: 'event-store-changed',
    hint: 'If it is the right one (restored from a backup, say): `openhouse recover` shows what no longer matches, and --apply repairs it.',
  });
};
