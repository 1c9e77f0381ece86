import type { EventStore } from '../../../eventstore/event-store.ts';

/** An event store that answers, but is empty: for tests of other problems. */
export const emptyStore = {
  lastPosition: async () => null,
  withPatience: () => emptyStore,
  connection: { awaySince: () => null },
} as unknown as EventStore;
