import { type EventStoreDBClient, FORWARDS } from '@eventstore/db-client';
import type { Position } from './stored-event.ts';

/**
 * The id of the event at a position of `$all`; `null` when there is none at exactly that position (any more).
 * @throws the client's error when the server cannot be reached
 */
export const eventIdAt = async (
  { client }: { readonly client: EventStoreDBClient },
  position: Position,
): Promise<string | null> => {
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: position, maxCount: 1 })) {
    return event?.position?.commit === position.commit ? event.id : null;
  }
  return null;
};
