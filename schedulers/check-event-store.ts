import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import { checkExplained } from '../eventstore/explained.ts';
import { checkMark } from '../eventstore/mark.ts';
import { noteOrigin } from '../eventstore/origin.ts';
import { alertMark } from './alerts/matching/cursor.ts';
import { reachedBy } from './read-models.ts';

/**
 * To be called by jobs that tell people something, before they do: makes sure that event store and database are of one
 * time. Of the one restored from a backup, the other knows more than it should: homes and leads would be told of twice, or
 * never again.
 *
 * @param readModels that the job goes by
 * @throws UserError naming `openhouse recover`
 */
export const checkEventStore = async (
  db: Kysely<unknown>,
  store: EventStore,
  readModels: readonly string[],
): Promise<void> => {
  await noteOrigin(db, store);
  const cursor = await alertMark(db);
  if (cursor !== null) await checkMark(store, 'what the alerts have looked at', cursor);
  await checkMark(store, 'a read model', await reachedBy(db, readModels));
  await checkExplained(db, store);
};
