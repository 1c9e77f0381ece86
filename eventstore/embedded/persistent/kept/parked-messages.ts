import type { EventStorage, StoredEvent } from '../../storage/types.ts';
import { splitFrames } from '../../wire/frames.ts';
import { linkTarget, type Message } from '../message.ts';
import { adminsOnly, lastEvent, newEventId, systemEvent } from './system-events.ts';

/**
 * The parked messages of a group: links in `$persistentsubscription-<group>-parked`, as in EventStoreDB.
 *
 * A replay reads them from the front. EventStoreDB truncates the stream as soon as it has read them, and loses them when
 * it stops before they are processed; here a parked message stays in the stream until its replay is acknowledged, parked
 * again or skipped. What counts as parked (`count`) is the same in both.
 */
export type ParkedMessages = {
  load(): Promise<void>;
  /** How many are waiting to be replayed. */
  count(): number;
  /** Writes the link. @throws when storage is unavailable: the caller keeps the message and retries */
  park(message: Message, reason: string): Promise<void>;
  /** Takes up to `limit` messages from the front, links resolved, but none at or after revision `stopAt`. */
  take(limit: number, stopAt: number): Promise<{ events: StoredEvent[]; done: boolean }>;
  /** Marks a taken message as done. */
  settle(revision: number): void;
  /** Truncates the messages that are done. */
  truncate(): Promise<void>;
  remove(): Promise<void>;
};

export const createParkedMessages = (storage: EventStorage, groupId: string): ParkedMessages => {
  const stream = `$persistentsubscription-${groupId}-parked`;
  /** The next revision to write, the next to take, and the one before which everything is truncated. */
  let end = 0;
  let next = 0;
  let truncated = 0;
  const taken = new Set<number>();

  return {
    load: async () => {
      const last = await lastEvent(storage, stream);
      if (!last) return;
      const first = await storage.readStream({ stream, direction: 'forwards', from: 0, limit: 1 });
      const revision = first.found === 'yes' ? splitFrames(first.frames)[0]?.revision : undefined;
      end = last.revision + 1;
      next = truncated = revision ?? end;
    },
    count: () => end - next,
    park: async (message, reason) => {
      const metadata = { added: new Date().toISOString(), reason, subscriptionEventNumber: message.event.revision };
      const link = {
        id: newEventId(),
        type: '$>',
        contentType: 'application/octet-stream',
        data: Buffer.from(linkTarget(message)),
        metadata: Buffer.from(JSON.stringify(metadata)),
      };
      const result = await storage.append({ stream, expected: 'any', events: [link] });
      if (result.kind !== 'success') throw new Error(`could not write ${stream}: ${result.kind}`);
      end = Math.max(end, result.revision + 1);
    },
    take: async (limit, stopAt) => {
      const stop = Math.min(stopAt, end);
      const wanted = Math.min(limit, stop - next);
      if (wanted <= 0) return { events: [], done: true };
      const page = await storage.readStream({ stream, direction: 'forwards', from: next, limit: wanted });
      if (page.found !== 'yes') return { events: [], done: true };
      const frames = page.hasLinks ? await storage.resolveLinks(page.frames) : page.frames;
      const events = splitFrames(frames).filter((event) => event.revision < stop);
      for (const event of events) taken.add(event.revision);
      next = Math.min(stop, page.next);
      return { events, done: next >= stop || page.end };
    },
    settle: (revision) => void taken.delete(revision),
    truncate: async () => {
      let before = next;
      for (const revision of taken) before = Math.min(before, revision);
      if (before <= truncated) return;
      const metadata = systemEvent('$metadata', { $tb: before, $acl: adminsOnly });
      const result = await storage.append({ stream: `$$${stream}`, expected: 'any', events: [metadata] });
      if (result.kind === 'success') truncated = before;
    },
    remove: async () => {
      await storage.delete({ stream, expected: 'any', how: 'soft' });
    },
  };
};
