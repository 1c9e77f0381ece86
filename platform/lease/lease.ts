import { type QueryExecutorProvider, sql } from 'kysely';

/**
 * The right to do what one process at a time may do, across processes and machines, by the database's clock. The token
 * is a fence: it grows with every holder, and every transaction of the holder's begins with `holdLease`, so that who lost the
 * lease without noticing (a suspended machine) commits nothing any more.
 */
export type Lease = {
  readonly name: string;
  readonly token: bigint;
  /** Aborts with `LeaseLost` when the lease is another's, or its connection is gone: stop then. */
  readonly lost: AbortSignal;
};

/** Another process has the lease now: whatever was not committed is its to do. */
export class LeaseLost extends Error {
  readonly code = 'lease-lost';
  /** @param options.cause why its connection is gone, if that is how it was lost */
  constructor(name: string, options?: { readonly cause: unknown }) {
    super(
      options === undefined
        ? `another process has taken over the lease of ${name}`
        : `the connection to PostgreSQL that held the lease of ${name} is gone`,
      options,
    );
  }
}

/**
 * To be called first in every transaction of a holder: keeps the lease from changing hands until the transaction ends.
 * It takes no lock that renewing the lease needs, however long the transaction.
 *
 * @throws LeaseLost
 */
export const holdLease = async (transaction: QueryExecutorProvider, { name, token }: Lease): Promise<void> => {
  const { rows } = await sql<{ held: boolean }>`select ops.hold_lease(${name}, ${token}) as held`.execute(transaction);
  if (rows[0]?.held !== true) throw new LeaseLost(name);
};

/** Who has a lease at the moment, for people to read; `null` when no one has. */
export const holderOf = async (db: QueryExecutorProvider, name: string): Promise<string | null> => {
  const { rows } = await sql<{ holder: string | null }>`
    select holder from ops.lease where name = ${name} and expires_at > clock_timestamp()`.execute(db);
  return rows[0]?.holder ?? null;
};
