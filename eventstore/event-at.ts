import type { EventStore } from './event-store.ts';
import { eventsOf } from './reader/reader.ts';
import { patiently } from './server/patience.ts';
import type { Position } from './stored-event.ts';

/**
 * The ID of the event at a position of `$all`; `null` if there is none at exactly that position (any longer).
 * @throws EventStoreFailure if the server cannot be reached, or reports that no event begins there (`not-here`)
 */
export const eventIdAt = async (
  { connection, patience }: Pick<EventStore, 'connection' | 'patience'>,
  position: Position,
): Promise<string | null> =>
  await patiently(connection, patience, async ({ reader }) => {
    const [first] = await eventsOf(reader, { stream: '$all', from: position, count: 1 });
    return first?.event?.position.commit === position.commit ? first.event.id : null;
  });
