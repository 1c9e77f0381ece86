import { errorMessage, type UserError, userError } from '../platform/errors.ts';
import { eventIdAt } from './event-at.ts';
import type { EventStore } from './event-store.ts';

/**
 * Up to where something outside the event store (a read model, a cursor, an import) was derived from it: a commit position
 * in `$all`, and the last event that was looked at, if it is known.
 */
export type Mark = {
  readonly position: bigint;
  readonly event: { readonly id: string; readonly position: bigint } | null;
};

/**
 * - `fits`: the store still holds what the mark was made from, as far as one can tell
 * - `beyond`: the store ends before it
 * - `other`: where its event stood, the store holds another one
 */
export type Fit = 'fits' | 'beyond' | 'other';

/** Whether a position still means what it meant: an event store that was restored from a backup gives it anew. */
export const fitOf = async (store: EventStore, { position, event }: Mark): Promise<Fit> => {
  const end = await store.lastPosition();
  if (end === null || end.commit < position) return 'beyond';
  if (event === null) return 'fits';
  let found: string | null;
  try {
    found = await eventIdAt(store, { commit: event.position, prepare: event.position });
  } catch (error) {
    // A real node refuses to read from a position at which no event of its own begins.
    if (/InvalidPosition|invalid position|Unexpected ReadAllResult/i.test(errorMessage(error))) return 'other';
    throw error;
  }
  // None there means that the event was scavenged since, which is nothing to worry about.
  return found === null || found === event.id ? 'fits' : 'other';
};

/** @throws UserError naming `what`, when the event store is no longer the one that the mark was made from */
export const checkMark = async (store: EventStore, what: string, mark: Mark): Promise<void> => {
  const fit = await fitOf(store, mark);
  if (fit !== 'fits') throw storeChanged(what, mark, fit, (await store.lastPosition())?.commit ?? null);
};

/** What every user of positions says when they mean something else now. */
export const storeChanged = (what: string, mark: Mark, fit: Exclude<Fit, 'fits'>, end: bigint | null): UserError => {
  const why =
    fit === 'beyond'
      ? `it ends at position ${end ?? 'none'}, but ${what} goes up to ${mark.position}`
      : `at position ${mark.event?.position} stands another event than the one that ${what} knows`;
  return userError(`the event store was truncated or replaced: ${why}`, {
    code: 'event-store-changed',
    hint: 'If it is the right one (restored from a backup, say): `openhouse recover` shows what no longer fits, and puts it right with --apply.',
  });
};
