import type { EventFilter, EventStorage, StoredEvent } from '../../storage/types.ts';
import { splitFrames } from '../../wire/frames.ts';

/** A page of a source; continue from `next`. */
export type SourcePage =
  | {
      found: 'yes';
      events: { event: StoredEvent; place: number }[];
      next: number;
      end: boolean;
      /** How many events were considered, and the last place among them; more than `events` when there is a filter. */
      considered: number;
      last: number | undefined;
    }
  | { found: 'tombstoned' };

/** The source of a group's events: a stream, or `$all`. A place is a revision or a position. */
export type Source = {
  name: string;
  read(from: number, limit: number): Promise<SourcePage>;
  /** Resolves when there may be an event at or after `from`, or when the signal aborts. */
  wait(from: number, signal: AbortSignal): Promise<void>;
  /** The place of the next event, or one before it. */
  end(): Promise<number>;
  /** A place as written in checkpoints and by clients. */
  format(place: number): string;
  /** The place in a checkpoint or a client's request; -1 stands for END. */
  parse(text: string): number;
};

const resolveIf = async (storage: EventStorage, wanted: boolean, page: { frames: Buffer; hasLinks: boolean }) =>
  splitFrames(wanted && page.hasLinks ? await storage.resolveLinks(page.frames) : page.frames);

/** The events of one stream. */
export const streamSource = (storage: EventStorage, stream: string, resolveLinkTos: boolean): Source => {
  const readEnd = async (): Promise<number> => {
    const page = await storage.readStream({ stream, direction: 'backwards', from: Number.POSITIVE_INFINITY, limit: 1 });
    return page.found === 'tombstoned' ? 0 : page.lastRevision + 1;
  };
  /** The last revision when the stream became unreadable: it may be appended to again after it. */
  let unreadable = -1;
  return {
    name: stream,
    read: async (from, limit) => {
      const page = await storage.readStream({ stream, direction: 'forwards', from, limit });
      unreadable = page.found === 'missing' ? page.lastRevision : -1;
      if (page.found !== 'yes') {
        if (page.found === 'tombstoned') return { found: 'tombstoned' };
        return { found: 'yes', events: [], next: from, end: true, considered: 0, last: undefined };
      }
      const events = await resolveIf(storage, resolveLinkTos, page);
      return {
        found: 'yes',
        events: events.map((event) => ({ event, place: event.revision })),
        next: Math.max(page.next, from),
        end: page.end,
        considered: events.length,
        last: events.at(-1)?.revision,
      };
    },
    wait: (from, signal) => storage.waitForStream(stream, Math.max(from - 1, unreadable), signal),
    end: readEnd,
    format: String,
    parse: Number,
  };
};

/** Streams that groups on `$all` write as they work: reading those would never end. */
const ownBookkeeping = /^\$persistentsubscription-\$all::.*-(checkpoint|parked)$/s;

/** All events, or those that match a filter. */
export const allSource = (storage: EventStorage, filter: EventFilter | undefined, resolveLinkTos: boolean): Source => ({
  name: '$all',
  read: async (from, limit) => {
    const page = await storage.readAll({ direction: 'forwards', from: Math.max(from, 1), limit, filter });
    const events = await resolveIf(storage, resolveLinkTos, page);
    return {
      found: 'yes',
      events: events
        .filter((event) => !ownBookkeeping.test(event.stream))
        .map((event) => ({ event, place: event.position })),
      next: page.next,
      end: page.end,
      considered: page.considered,
      last: page.considered > 0 ? page.last : undefined,
    };
  },
  wait: (from, signal) => storage.waitForAll(from - 1, signal),
  end: async () => storage.head() + 1,
  format: (place) => `C:${place}/P:${place}`,
  parse: (text) => {
    const match = /^C:(-?\d+)\/P:(-?\d+)$/.exec(text);
    return match ? Number(match[1]) : Number.NaN;
  },
});
