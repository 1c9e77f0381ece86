import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';

/**
 * One holder at a time, across processes and machines, by the database's clock. The token is a fence: it grows with every
 * holder, and each transaction of the holder's checks it (`holdFast`), so that one who lost the lease without noticing
 * (a suspended machine) commits nothing any more.
 */
export type Lease = { readonly job: string; readonly token: bigint; readonly lost: AbortSignal };

export const leaseLost = 'lease-lost';

/**
 * Runs `work` while holding the job's lease, which is renewed every third of its time.
 *
 * @param options.holder who: shown to those who find it taken
 * @param options.ttlMs after this long without a renewal others may take it (default 30,000)
 * @returns what `work` returned, or who has the lease
 * @throws what `work` threw
 */
export const withLease = async <Result>(
  db: Kysely<unknown>,
  job: string,
  options: { readonly holder: string; readonly ttlMs?: number },
  work: (lease: Lease) => Promise<Result>,
): Promise<{ readonly held: true; readonly result: Result } | { readonly held: false; readonly holder: string }> => {
  const { holder, ttlMs = 30_000 } = options;
  const token = await acquire(db, job, holder, ttlMs);
  if (token === null) return { held: false, holder: await holderOf(db, job) };

  const lost = new AbortController();
  let renewing = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renew(db, job, token, ttlMs).then(
      (renewed) => {
        if (!renewed) lost.abort(new Error(leaseLost));
      },
      () => {}, // PostgreSQL is away: the next beat tries again, and the fence guards what matters
    );
  }, ttlMs / 3);
  try {
    return { held: true, result: await work({ job, token, lost: lost.signal }) };
  } finally {
    clearInterval(timer);
    await renewing;
    // When PostgreSQL is away it runs out by itself.
    await release(db, job, token).catch(() => {});
  }
};

const acquire = async (db: QueryExecutorProvider, job: string, holder: string, ttlMs: number) => {
  const { rows } = await sql<{ token: string }>`
    insert into ops.job_lease as lease (job, holder, token, expires_at)
    values (${job}, ${holder}, 1, clock_timestamp() + make_interval(secs => ${ttlMs / 1000}))
    on conflict (job) do update
      set holder = excluded.holder, token = lease.token + 1, expires_at = excluded.expires_at
      where lease.expires_at <= clock_timestamp()
    returning token`.execute(db);
  return rows[0] === undefined ? null : BigInt(rows[0].token);
};

const renew = async (db: QueryExecutorProvider, job: string, token: bigint, ttlMs: number) => {
  const { numAffectedRows } = await sql`
    update ops.job_lease set expires_at = clock_timestamp() + make_interval(secs => ${ttlMs / 1000})
    where job = ${job} and token = ${token}`.execute(db);
  return numAffectedRows === 1n;
};

const release = async (db: QueryExecutorProvider, job: string, token: bigint) => {
  await sql`update ops.job_lease set expires_at = '-infinity' where job = ${job} and token = ${token}`.execute(db);
};

const holderOf = async (db: QueryExecutorProvider, job: string) => {
  const { rows } = await sql<{ holder: string }>`select holder from ops.job_lease where job = ${job}`.execute(db);
  return rows[0]?.holder ?? 'nobody';
};

/**
 * To be called in every transaction of a holder: keeps the lease from changing hands until the transaction ends, and
 * ends it when that has happened already.
 *
 * @throws Error `lease-lost`
 */
export const holdFast = async (transaction: QueryExecutorProvider, lease: Lease): Promise<void> => {
  const { rows } = await sql`
    select 1 from ops.job_lease where job = ${lease.job} and token = ${lease.token} for share`.execute(transaction);
  if (rows.length === 0) throw new Error(leaseLost);
};
