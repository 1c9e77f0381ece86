import { eventIdAt } from '../../../eventstore/event-at.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { userError } from '../../../platform/errors.ts';
import type { Build } from './builds.ts';

/**
 * Makes sure that the event store is still the one a build was made from.
 * @throws UserError when the store ends before the build does, or holds another event where the build's last one was
 */
export const checkStore = async (store: EventStore, build: Build): Promise<void> => {
  const { position, lastEvent, name } = build;
  if (position === null) return;
  const end = await store.lastPosition();
  if (end === null || end.commit < position.commit) {
    throw changed(name, `it ends at position ${end?.commit ?? 'none'}, but ${name} was built up to ${position.commit}`);
  }
  if (lastEvent === null) return;
  // None there means that the event was scavenged since, which is nothing to worry about.
  const found = await eventIdAt(store, { commit: lastEvent.position, prepare: lastEvent.position });
  if (found === null || found === lastEvent.id) return;
  throw changed(name, `at position ${lastEvent.position} stands another event than the one ${name} was built from`);
};

const changed = (name: string, why: string) =>
  userError(`the event store was truncated or replaced: ${why}`, {
    code: 'event-store-changed',
    hint: `If it is the right one, build the read models anew from it: openhouse projections rebuild ${name}, then promote ${name} --force.`,
  });
