import type { EventStore } from '../../../eventstore/event-store.ts';
import { checkMark, type Mark } from '../../../eventstore/positions/mark.ts';
import type { Build } from './builds.ts';

/** How far a build has got; `null`: it has not started. */
export const markOf = ({ position, lastEvent }: Pick<Build, 'position' | 'lastEvent'>): Mark | null =>
  position === null ? null : { position: position.commit, event: lastEvent };

/**
 * Checks that the event store is still the one that a build was made from.
 * @throws UserError if the store ends before the build does, or has a different event at the build's last position
 */
export const checkStore = async (store: EventStore, build: Build): Promise<void> => {
  const mark = markOf(build);
  if (mark !== null) await checkMark(store, `the read model ${build.name}`, mark);
};
