import { clockToleranceMs } from '../../../platform/times-ahead.ts';
import { type Database, execute, query } from '../database.ts';

/**
 * One runner at a time feeds a build. Who takes the lease gets a token, larger than any before it; every transaction that
 * writes to the build checks that its token is still the one, so a runner that was away for too long (a stopped
 * process, a lost network) cannot write any more once another has taken over. Time is the database's own.
 */
export type Lease = { readonly buildId: string; readonly token: string };

/** How long a lease lasts unless it is renewed, in ms: another runner takes over within that time. */
export const leaseMs = 6_000;
export const renewEveryMs = 1_500;

const until = `clock_timestamp() + make_interval(secs => ${leaseMs / 1000})`;

/** Takes the lease if nobody holds it (or always, with `force`); `null` when somebody does, or there is no such build. */
export const takeLease = async (
  db: Database,
  buildId: string,
  holder: string,
  { force = false } = {},
): Promise<Lease | null> => {
  const rows = await query<{ lease_token: string }>(
    db,
    `update ops.projection_build
     set lease_holder = $2, lease_token = lease_token + 1, lease_expires_at = ${until}
     where id = $1 and ($3 or lease_expires_at is null or lease_expires_at <= clock_timestamp()
       or lease_expires_at > clock_timestamp() + make_interval(secs => ${(leaseMs + clockToleranceMs) / 1000}))
     returning lease_token`,
    [buildId, holder, force],
  );
  return rows[0] === undefined ? null : { buildId, token: rows[0].lease_token };
};

/** Renews leases, and gives the builds of those that were lost. */
export const renewLeases = async (db: Database, leases: readonly Lease[]): Promise<string[]> => {
  if (leases.length === 0) return [];
  const rows = await query<{ id: string }>(
    db,
    `update ops.projection_build b set lease_expires_at = ${until}
     from unnest($1::bigint[], $2::bigint[]) as held(id, token)
     where b.id = held.id and b.lease_token = held.token
     returning b.id`,
    [leases.map(({ buildId }) => buildId), leases.map(({ token }) => token)],
  );
  const renewed = new Set(rows.map(({ id }) => id));
  return leases.map(({ buildId }) => buildId).filter((id) => !renewed.has(id));
};

/** Gives a lease back, so that nobody has to wait for it to run out. */
export const releaseLease = async (db: Database, { buildId, token }: Lease): Promise<void> => {
  await execute(
    db,
    `update ops.projection_build set lease_holder = null, lease_expires_at = null where id = $1 and lease_token = $2`,
    [buildId, token],
  );
};

/** Somebody else feeds the build now, or it was dropped: whatever was not committed is theirs to do. */
export class LeaseLost extends Error {}

/** Renews leases in the background while `work` runs, and gives them back afterwards. */
export const holdingLeases = async <Result>(
  db: Database,
  leases: readonly Lease[],
  work: () => Promise<Result>,
): Promise<Result> => {
  // A renewal that fails (the database is away) is told by the work, whose transactions check the token.
  const timer = setInterval(() => void renewLeases(db, leases).catch(() => {}), renewEveryMs);
  timer.unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await Promise.all(leases.map((lease) => releaseLease(db, lease).catch(() => {})));
  }
};
