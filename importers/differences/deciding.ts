import { sql } from 'kysely';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { AnyDatabase } from '../database.ts';

export type Deps = { readonly db: AnyDatabase; readonly store: EventStore };

const deciding = 0x64656369; // "deci": held by whoever decides about a conflict

/**
 * Lets one person at a time decide about a conflict: a correction and the decision that it follows from are stored in two
 * places, and between them someone else would still find the conflict open.
 */
export const oneAtATime = async <Result>(
  { db, store }: Deps,
  conflictId: string,
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> =>
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${deciding}, hashtext(${conflictId}))`.execute(connection);
    return await andUnlock(connection, conflictId, () => work({ db: connection, store }));
  });

/** Does something about a conflict, unless someone is deciding about it at the moment. */
export const unlessDeciding = async ({ db, store }: Deps, conflictId: string, work: (deps: Deps) => Promise<void>) =>
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_lock(${deciding}, hashtext(${conflictId})) as free`.execute(connection);
    if (rows[0]!.free) await andUnlock(connection, conflictId, () => work({ db: connection, store }));
  });

const andUnlock = async <Result>(
  connection: AnyDatabase,
  conflictId: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } finally {
    // Fails only when the connection is lost, and the lock with it.
    await sql`select pg_advisory_unlock(${deciding}, hashtext(${conflictId}))`.execute(connection).catch(() => {});
  }
};
