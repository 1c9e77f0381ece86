import type { EventStore } from '../../../eventstore/event-store.ts';
import { checkMark, type Mark } from '../../../eventstore/mark.ts';
import type { Build } from './builds.ts';

/** Up to where a build was made; `null`: it has not begun. */
export const markOf = ({ position, lastEvent }: Pick<Build, 'position' | 'lastEvent'>): Mark | null =>
  position === null ? null : { position: position.commit, event: lastEvent };

/**
 * Makes sure that the event store is still the one a build was made from.
 * @throws UserError when the store ends before the build does, or holds another event where the build's last one was
 */
export const checkStore = async (store: EventStore, build: Build): Promise<void> => {
  const mark = markOf(build);
  if (mark !== null) await checkMark(store, `the read model ${build.name}`, mark);
};
