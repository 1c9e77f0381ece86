import type { QueryExecutorProvider } from 'kysely';
import { holdLease, type Lease } from '../platform/lease/lease.ts';
import type { EventStore } from './event-store.ts';

/**
 * The same event store for the holder of a lease. It refuses to append once the lease is known to be lost; and when an append
 * conflicts, it verifies that the lease is still held before the caller decides again. So what a former holder knew is
 * never appended on top of its successor's events.
 */
export const fencedStore = (store: EventStore, db: QueryExecutorProvider, lease: Lease): EventStore => ({
  ...store,
  withPatience: (patience) => fencedStore(store.withPatience(patience), db, lease),
  async append(...append) {
    lease.lost.throwIfAborted();
    const result = await store.append(...append);
    if (!result.appended) await holdLease(db, lease);
    return result;
  },
});
