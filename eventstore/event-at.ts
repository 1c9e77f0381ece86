import type { EventStore } from './event-store.ts';
import { eventsOf } from './reader/reader.ts';
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
  await patiently(connection, patience, async ({ reader }) => {
    const [first] = await eventsOf(reader, { stream: '$all', from: position, count: 1 });
    return first?.event?.position.commit === position.commit ? first.event.id : null;
  });
