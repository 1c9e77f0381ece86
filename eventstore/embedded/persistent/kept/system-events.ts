import { randomUUID } from 'node:crypto';
import type { EventStorage, ProposedEvent } from '../../storage/types.ts';
import { splitFrames } from '../../wire/frames.ts';
import { uuidFromString } from '../../wire/uuid.ts';
import { eventAndLink } from '../message.ts';

/** An id for a system event. */
export const newEventId = (): Buffer => uuidFromString(randomUUID())!;

/** A JSON system event. */
export const systemEvent = (type: string, data: unknown): ProposedEvent => ({
  id: newEventId(),
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(data)),
  metadata: Buffer.alloc(0),
});

/** The last readable event of a stream: its data and revision. */
export const lastEvent = async (
  storage: EventStorage,
  stream: string,
): Promise<{ data: Buffer; revision: number } | undefined> => {
  const page = await storage.readStream({ stream, direction: 'backwards', from: Number.POSITIVE_INFINITY, limit: 1 });
  const [event] = page.found === 'yes' ? splitFrames(page.frames) : [];
  return event && { data: eventAndLink(event.readEvent).event!.data, revision: event.revision };
};

/** On a real node only administrators can read or write these streams; stored so that a copied store stays protected. */
export const adminsOnly = { $r: '$admins', $w: '$admins', $d: '$admins', $mr: '$admins', $mw: '$admins' };
