import type { QueryExecutorProvider } from 'kysely';
import { holdLease, type Lease } from '../platform/lease/lease.ts';
import type { EventStore } from './event-store.ts';

/**
 * The same event store for who holds a lease. It refuses to append once the lease is known to be lost; and where a stream has moved
 * on, it makes sure that the lease is still held before anyone decides again. So what a former holder knew
 * never comes on top of what the present one has appended.
 */
export const fencedStore = (store: EventStore, db: QueryExecutorProvider, lease: Lease): EventStore => ({
  ...store,
  async append(...append) {
    lease.lost.throwIfAborted();
    const result = await store.append(...append);
    if (!result.appended) await holdLease(db, lease);
    return result;
  },
});
