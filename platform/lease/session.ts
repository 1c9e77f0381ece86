import { type Kysely, sql } from 'kysely';
import { isConnectionLoss } from '../database/database.ts';
import { type Lease, LeaseLost } from './lease.ts';
import { sessionLockClass } from './migrations.ts';

export type LeaseOptions = {
  /** Who holds it: shown to those who find it taken. */
  readonly holder: string;
  /** How long an unrenewed lease lasts, in ms. A holder whose connection is lost loses it at once. */
  readonly lastsMs: number;
};

/**
 * A dedicated connection that holds leases. It takes and renews all of them, so that no query of the holder, however
 * slow, delays a renewal. When the connection is lost, so are its leases.
 */
export type LeaseSession = {
  /**
   * Takes a lease that is free.
   * @param options.force takes it even from another holder, who notices at its next transaction
   * @returns `null` when another process holds it
   * @throws LeaseLost when the session is gone
   */
  take(name: string, options?: { readonly force?: boolean }): Promise<Lease | null>;
  /** Releases a lease, so that no one has to wait for it to expire. */
  release(lease: Lease): Promise<void>;
  /** Releases all leases and returns the connection to the pool. */
  close(): Promise<void>;
  /** Whether its connection is still up. */
  isOpen(): boolean;
};

/** How long PostgreSQL may stay silent before its connection counts as lost, in ms. */
const unansweredMs = 15_000;

type Held = { readonly lease: Lease; readonly losing: AbortController };

/**
 * Opens a session. It occupies one of the pool's connections until it is closed.
 * @throws PostgreSQL's error when it cannot be reached
 */
export const openLeases = async (db: Kysely<unknown>, options: LeaseOptions): Promise<LeaseSession> => {
  const { holder, lastsMs } = options;
  const lasts = sql`make_interval(secs => ${lastsMs / 1000})`;
  const held = new Map<string, Held>();
  const { connection, giveBack } = await reserve(db);
  let session: number;
  try {
    const { rows } = await sql<{ session: number }>`
      with next as (select nextval('ops.lease_session')::integer as session)
      select session, pg_advisory_lock(${sql.lit(sessionLockClass)}, session) from next`.execute(connection);
    session = rows[0]!.session;
  } catch (error) {
    giveBack();
    throw error;
  }

  let open = true;
  const lose = (name: string, lease: Lease, options?: { readonly cause: unknown }): void => {
    const found = held.get(name);
    if (found?.lease !== lease) return;
    held.delete(name);
    found.losing.abort(new LeaseLost(name, options));
  };
  const loseAll = (cause: unknown): void => {
    open = false;
    clearInterval(timer);
    for (const { lease } of [...held.values()]) lose(lease.name, lease, { cause });
  };

  const renew = async (): Promise<void> => {
    const leases = [...held.values()].map(({ lease }) => lease);
    // Also without leases: the query shows whether the connection is still up.
    const { rows } = await sql<{ name: string }>`
      update ops.lease set expires_at = clock_timestamp() + ${lasts}
      from unnest(${leases.map(({ name }) => name)}::text[], ${leases.map(({ token }) => token)}::bigint[])
        as mine (name, token)
      where lease.name = mine.name and lease.token = mine.token
      returning lease.name`.execute(connection);
    const renewed = new Set(rows.map(({ name }) => name));
    for (const lease of leases) if (!renewed.has(lease.name)) lose(lease.name, lease);
  };

  const everyMs = Math.min(lastsMs / 4, 1_000);
  /**
   * Intervals since the last renewal, not elapsed time: a process that was frozen should first ask whether it lost
   * anything.
   */
  let missed = 0;
  let renewing: Promise<void> | undefined;
  const beat = (): void => {
    if (++missed * everyMs > Math.max(lastsMs, unansweredMs)) {
      loseAll(new Error(`PostgreSQL has not answered for ${Math.round((missed * everyMs) / 1_000)} s`));
      return;
    }
    renewing ??= renew()
      .then(
        () => {
          missed = 0;
        },
        (error: unknown) => {
          // Any other failure (a full disk) may pass before the leases expire.
          if (isConnectionLoss(error)) loseAll(error);
        },
      )
      .finally(() => {
        renewing = undefined;
      });
  };
  const timer = setInterval(beat, everyMs);
  timer.unref();

  const release = async (lease: Lease): Promise<void> => {
    if (held.get(lease.name)?.lease === lease) held.delete(lease.name);
    await sql`
      update ops.lease set holder = null, session = null, expires_at = null
      where name = ${lease.name} and token = ${lease.token}`.execute(db);
  };

  return {
    isOpen: () => open,
    async take(name, { force = false } = {}) {
      if (!open) throw new LeaseLost(name, { cause: undefined });
      const { rows } = await sql<{ token: string | null }>`
        select ops.take_lease(${name}, ${holder}, ${session}, ${lasts}, ${force}) as token`.execute(db);
      const token = rows[0]?.token ?? null;
      if (token === null) return null;
      const losing = new AbortController();
      const lease: Lease = { name, token: BigInt(token), lost: losing.signal };
      held.set(name, { lease, losing });
      if (!open) lose(name, lease, { cause: undefined });
      return lease;
    },
    release,
    async close() {
      const wasOpen = open;
      open = false;
      clearInterval(timer);
      // If PostgreSQL is unreachable, they expire on their own.
      await Promise.all([...held.values()].map(({ lease }) => release(lease).catch(() => {})));
      if (wasOpen) {
        await renewing;
        await sql`select pg_advisory_unlock(${sql.lit(sessionLockClass)}, ${session})`
          .execute(connection)
          .catch(() => {}); // the connection is gone, and the lock with it
      }
      // A renewal that PostgreSQL never answered keeps its connection, which no one else could use anyway.
      void (renewing ?? Promise.resolve()).finally(giveBack);
    },
  };
};

/** A connection reserved from the pool until `giveBack` is called. */
const reserve = (db: Kysely<unknown>): Promise<{ connection: Kysely<unknown>; giveBack(): void }> =>
  new Promise((resolve, reject) => {
    db.connection()
      .execute(
        (connection) =>
          new Promise<void>((giveBack) => {
            resolve({ connection, giveBack });
          }),
      )
      .catch(reject);
  });
