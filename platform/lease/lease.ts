import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The right to do what only one process at a time may do, across processes and machines, by the database's clock. The token
 * is a fencing token: it grows with every holder, and every transaction of the holder begins with `holdLease`, so that a
 * holder that lost the lease without noticing (a suspended machine) can no longer commit anything.
 */
export type Lease = {
  readonly name: string;
  readonly token: bigint;
  /** Aborts with `LeaseLost` when another process takes the lease or the connection is lost: stop then. */
  readonly lost: AbortSignal;
};

/** Another process holds the lease now, and will do whatever was not committed. */
export class LeaseLost extends Error {
  readonly code = 'lease-lost';
  /** @param options.cause why the connection was lost, if that is how the lease was lost */
  constructor(name: string, options?: { readonly cause: unknown }) {
    super(
      options === undefined
        ? `another process has taken over the lease for ${name}`
        : `the connection to PostgreSQL that held the lease for ${name} was lost`,
      options,
    );
  }
}

/**
 * Must come first in every transaction of a holder: keeps the lease from changing hands until the transaction ends.
 * However long that takes, it does not block renewing the lease.
 *
 * @throws LeaseLost
 */
export const holdLease = async (transaction: QueryExecutorProvider, { name, token }: Lease): Promise<void> => {
  const { rows } = await sql<{ held: boolean }>`select ops.hold_lease(${name}, ${token}) as held`.execute(transaction);
  if (rows[0]?.held !== true) throw new LeaseLost(name);
};

/** The current holder of a lease, as a readable name; `null` when no one holds it. */
export const holderOf = async (db: QueryExecutorProvider, name: string): Promise<string | null> => {
  const { rows } = await sql<{ holder: string | null }>`
    select holder from ops.lease where name = ${name} and expires_at > clock_timestamp()`.execute(db);
  return rows[0]?.holder ?? null;
};
