import type { EventStore } from '../../eventstore/event-store.ts';

/** An event store that answers, and holds nothing: for tests of what else is wrong. */
export const emptyStore = {
  lastPosition: async () => null,
  withPatience: () => emptyStore,
} as unknown as EventStore;
