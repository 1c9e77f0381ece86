import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { fenced } from './fenced.ts';
import { holderOf, type Lease } from './lease.ts';
import { type LeaseOptions, openLeases } from './session.ts';

/** What the holder of a lease works with. */
export type Holding<Tables> = {
  readonly lease: Lease;
  /** The same database, which refuses writes once the lease is lost (see `fenced`). */
  readonly db: Kysely<Tables>;
};

/**
 * Runs `work` while holding a lease. If another process holds it, `work` does not run, unless `wait` is given.
 *
 * `work` must stop when `lease.lost` aborts; later writes through `db` fail with `LeaseLost`.
 *
 * @param options.wait waits until the lease is free or the signal aborts; `onWait` is called once if it has to wait
 * @returns the result of `work`, or who holds the lease
 * @throws any error of `work`; the signal's reason
 */
export const withLease = async <Tables, Result>(
  db: Kysely<Tables>,
  name: string,
  options: LeaseOptions & { readonly wait?: { readonly signal: AbortSignal; onWait(): void } },
  work: (holding: Holding<Tables>) => Promise<Result>,
): Promise<
  { readonly held: true; readonly result: Result } | { readonly held: false; readonly holder: string | null }
> => {
  const { wait } = options;
  const session = await openLeases(db as Kysely<unknown>, options);
  try {
    let lease = await session.take(name);
    if (lease === null && wait === undefined) return { held: false, holder: await holderOf(db, name) };
    if (lease === null) wait?.onWait();
    while (lease === null) {
      await sleep(300, undefined, { signal: wait!.signal });
      lease = await session.take(name);
    }
    return { held: true, result: await work({ lease, db: fenced(db, lease) }) };
  } finally {
    await session.close();
  }
};
