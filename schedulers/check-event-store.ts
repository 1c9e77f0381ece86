import type { Kysely } from 'kysely';
import type { EventStore } from '../eventstore/event-store.ts';
import { checkExplained } from '../eventstore/positions/explained.ts';
import { checkMark } from '../eventstore/positions/mark.ts';
import { noteOrigin } from '../eventstore/positions/origin.ts';
import { alertMark } from './alert-cursor.ts';
import { reachedBy } from './read-models.ts';

/**
 * Called by jobs that send messages, before they start: checks that the event store and the database match. If one of
 * them was restored from a backup, the other has data that it lacks: homes and leads would be announced twice, or never
 * again.
 *
 * @param readModels that the job depends on
 * @throws UserError that mentions `openhouse recover`
 */
export const checkEventStore = async (
  db: Kysely<unknown>,
  store: EventStore,
  readModels: readonly string[],
): Promise<void> => {
  await noteOrigin(db, store);
  await Promise.all([
    alertMark(db).then((cursor) => cursor && checkMark(store, 'the position of the alerts', cursor)),
    reachedBy(db, readModels).then((mark) => checkMark(store, 'a read model', mark)),
    checkExplained(db, store),
  ]);
};
