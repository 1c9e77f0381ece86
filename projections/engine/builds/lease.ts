import { hostname } from 'node:os';
import type { Lease } from '../../../platform/lease/lease.ts';
import { type LeaseSession, openLeases } from '../../../platform/lease/session.ts';
import type { Database } from '../database.ts';
import { type Build, findBuild } from './builds.ts';

/**
 * The name of a build's lease: one process at a time feeds a build, and every transaction that writes to it holds the
 * lease.
 */
export const leaseOf = ({ id }: { readonly id: string }): string => `projection-build/${id}`;

/**
 * A process that is unresponsive for this long (in ms) is replaced by another one. A process that has died is replaced
 * at once.
 */
const lastsMs = 3_000;

/**
 * Opens a session for the leases of builds.
 * @param holder see `holderName`
 */
export const openBuildLeases = (db: Database, holder: string): Promise<LeaseSession> =>
  openLeases(db, { holder, lastsMs });

/** Who holds a lease and what for, for people: `rebuild (pid 4711 on hal)`. */
export const holderName = (what: string): string => `${what} (pid ${process.pid} on ${hostname()})`;

/**
 * Runs `work` while holding the lease of a build.
 *
 * @param options.force takes it from the process that feeds the build, which notices at its next batch and takes it
 * back later
 * @returns `undefined` if another process holds it, or the build is gone
 */
export const whileHolding = async <Result>(
  db: Database,
  build: { readonly id: string },
  options: { readonly holder: string; readonly force?: boolean },
  work: (lease: Lease, build: Build) => Promise<Result>,
): Promise<Result | undefined> => {
  const leases = await openBuildLeases(db, options.holder);
  try {
    const lease = await leases.take(leaseOf(build), { force: options.force ?? false });
    if (lease === null) return undefined;
    // Read again, now that no one else can change it.
    const now = await findBuild(db, build.id);
    return now === undefined ? undefined : await work(lease, now);
  } finally {
    await leases.close();
  }
};
