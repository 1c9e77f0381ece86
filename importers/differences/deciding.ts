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
  deps: Deps,
  conflictId: string,
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> => await oneAtATimeEach(deps, [conflictId], work);

/**
 * The same for several. Whoever decides about one waits for no other meanwhile, so the order does not matter; but only one at a time may
 * decide about several.
 */
export const oneAtATimeEach = async <Result>(
  { db, store }: Deps,
  conflictIds: readonly string[],
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> =>
  await db.connection().execute(async (connection) => {
    try {
      await sql`select pg_advisory_lock(${deciding}, hashtext(id)) from unnest(${[...conflictIds]}::text[]) as x (id)`.execute(
        connection,
      );
      return await work({ db: connection, store });
    } finally {
      await unlock(connection, conflictIds);
    }
  });

/** Does something about a conflict, unless someone is deciding about it at the moment. */
export const unlessDeciding = async ({ db, store }: Deps, conflictId: string, work: (deps: Deps) => Promise<void>) =>
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_lock(${deciding}, hashtext(${conflictId})) as free`.execute(connection);
    if (!rows[0]!.free) return;
    try {
      await work({ db: connection, store });
    } finally {
      await unlock(connection, [conflictId]);
    }
  });

/** Fails only when the connection is lost, and the locks with it. */
const unlock = async (connection: AnyDatabase, conflictIds: readonly string[]): Promise<void> => {
  await sql`select pg_advisory_unlock(${deciding}, hashtext(id)) from unnest(${[...conflictIds]}::text[]) as x (id)`
    .execute(connection)
    .catch(() => {});
};
