import { FORWARDS } from '@eventstore/db-client';
import type { EventStore } from './event-store.ts';
import { patiently } from './server/patience.ts';
import type { Position } from './stored-event.ts';

/**
 * The id of the event at a position of `$all`; `null` when there is none at exactly that position (any more).
 * @throws EventStoreFailure when the server cannot be reached, or says that no event begins there (`not-here`)
 */
export const eventIdAt = async (
  { connection, patience }: Pick<EventStore, 'connection' | 'patience'>,
  position: Position,
): Promise<string | null> =>
  await patiently(connection, patience, async ({ client }) => {
    const { requiresLeader } = connection;
    const read = client.readAll({ direction: FORWARDS, fromPosition: position, maxCount: 1, requiresLeader });
    for await (const { event } of read) return event?.position?.commit === position.commit ? event.id : null;
    return null;
  });
