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
export const unlessDeciding = async (deps: Deps, conflictId: string, work: (deps: Deps) => Promise<void>) =>
  await unlessDecidingEach(deps, [conflictId], work);

/** The same for several: about those that no one is deciding about. */
export const unlessDecidingEach = async (
  { db, store }: Deps,
  conflictIds: readonly string[],
  work: (deps: Deps, free: readonly string[]) => Promise<void>,
) =>
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ id: string }>`
      select id from unnest(${[...conflictIds]}::text[]) as x (id) where pg_try_advisory_lock(${deciding}, hashtext(id))`.execute(
      connection,
    );
    if (rows.length === 0) return;
    const free = rows.map(({ id }) => id);
    try {
      await work({ db: connection, store }, free);
    } finally {
      await unlock(connection, free);
    }
  });

/** Fails only when the connection is lost, and the locks with it. */
const unlock = async (connection: AnyDatabase, conflictIds: readonly string[]): Promise<void> => {
  await sql`select pg_advisory_unlock(${deciding}, hashtext(id)) from unnest(${[...conflictIds]}::text[]) as x (id)`
    .execute(connection)
    .catch(() => {});
};
