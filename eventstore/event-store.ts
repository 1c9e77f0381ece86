import { setTimeout as sleep } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { parseStreamName } from '../domain/events.ts';
import { decode, encode, type NewEvent } from './codec.ts';
import type { Position, StoredEvent, UnreadableEvent } from './stored-event.ts';

/** The expected state of a stream: the revision of its last event, or that the stream does not exist. */
export type ExpectedRevision = bigint | 'no-stream';

/** The result of an append: the stream's new last revision and its position in `$all`, or a conflict. */
export type AppendResult =
  | {
      readonly appended: true;
      readonly revision: bigint;
      /** `null`: the store recognised the events as already appended, and does not return their position. */
      readonly position: Position | null;
    }
  | { readonly appended: false; readonly conflict: { readonly actual: ExpectedRevision } };

const isOurs = ({ streamId, type }: { readonly streamId: string; readonly type: string }): boolean =>
  parseStreamName(streamId) !== null && !type.startsWith('$');

/** The event store as openhouse uses it; `client` is there for what has no wrapper. */
export type EventStore = {
  /** Appends all events or none, provided the stream is at the expected revision. */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;
  /** The events of a stream from a revision on (default: the first); none if the stream does not exist. */
  readStream(stream: string, fromRevision?: bigint): AsyncIterable<StoredEvent | UnreadableEvent>;
  /** All events of our aggregates in order, from after a position (default: the beginning) up to the current end. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent | UnreadableEvent>;
  /** The position of the last event in the store, including system and foreign events; `null` if it is empty. */
  lastPosition(): Promise<Position | null>;
  /**
   * The position of the last event in a stream of one of our aggregates, at or before a position if one is given; `null` if
   * there is none. To catch up means to reach this one: it may be followed by links, statistics and other programs' events,
   * which our readers never see.
   */
  lastOwnPosition(options?: { readonly atOrBefore?: Position }): Promise<Position | null>;
  readonly client: EventStoreDBClient;
  close(): Promise<void>;
};

export type ReadAllOptions = { readonly after?: Position | null; readonly maxCount?: number };

/** Connects (lazily) to an EventStoreDB: `esdb://host:port?tls=false`, or `esdb+discover://…` for a cluster. */
export const connectEventStore = (url: string): EventStore => {
  const client = EventStoreDBClient.connectionString(url);

  return {
    client,

    async append(stream, expected, events) {
      try {
        const result = await client.appendToStream(stream, events.map(encode), {
          expectedRevision: expected === 'no-stream' ? NO_STREAM : expected,
        });
        return { appended: true, revision: result.nextExpectedRevision, position: result.position ?? null };
      } catch (error) {
        if (!(error instanceof WrongExpectedVersionError)) throw error;
        const actual = typeof error.actualVersion === 'bigint' ? error.actualVersion : 'no-stream';
        return { appended: false, conflict: { actual } };
      }
    },

    async *readStream(stream, fromRevision = 0n) {
      try {
        for await (const resolved of client.readStream(stream, { fromRevision, direction: FORWARDS })) {
          const event = decode(resolved);
          if (event !== null) yield event;
        }
      } catch (error) {
        if (!(error instanceof StreamNotFoundError)) throw error;
      }
    },

    async *readAll({ after = null, maxCount } = {}) {
      // Reading from a position includes the event at that position; resuming after it must skip that event.
      const options = {
        direction: FORWARDS,
        fromPosition: after ?? START,
        ...(maxCount === undefined ? {} : { maxCount }),
      } as const;
      for await (const resolved of client.readAll(options)) {
        const event = decode(resolved);
        if (event === null || event.type.startsWith('$')) continue;
        if (after !== null && event.position.commit === after.commit && event.position.prepare === after.prepare)
          continue;
        yield event;
      }
    },

    async lastPosition() {
      for await (const resolved of client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })) {
        return resolved.event?.position ?? null;
      }
      return null;
    },

    async lastOwnPosition({ atOrBefore } = {}) {
      // It is usually the last event or close to it; where others write more, larger pages find it.
      let from: Position | typeof END = END;
      for (let count = 4; ; count = Math.min(count * 8, 4_096)) {
        let read = 0;
        for await (const { event } of client.readAll({ direction: BACKWARDS, fromPosition: from, maxCount: count })) {
          read++;
          if (event?.position === undefined) continue;
          from = event.position;
          if (isOurs(event) && (atOrBefore === undefined || event.position.commit <= atOrBefore.commit)) {
            return event.position;
          }
        }
        if (read < count) return null;
      }
    },

    async close() {
      // `dispose` cancels pending reads and waits for each stream to end, which one that was abandoned half way (an early
      // `break`, a dropped subscription) never does. There is nothing to wait for once it is cancelled.
      await Promise.race([client.dispose(), sleep(250)]);
    },
  };
};
