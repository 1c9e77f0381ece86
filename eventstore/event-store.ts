import { parseStreamName } from '../domain/events.ts';
import { decode, encode, type NewEvent } from './codec.ts';
import { eventsOf, responsesOf } from './reader/reader.ts';
import { appendPatiently } from './server/append.ts';
import { type Connection, openConnection } from './server/connection.ts';
import { namingRight, type Right } from './server/failure.ts';
import { type Patience, patiently, readPatiently } from './server/patience.ts';
import type { InStream, Position, StoredEvent, UnreadableEvent } from './stored-event.ts';

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

const isOurs = ({ streamName, type }: { readonly streamName: string; readonly type: string }): boolean =>
  parseStreamName(streamName) !== null && !type.startsWith('$');

/**
 * The event store as openhouse uses it. While the server is away, every call waits for it as long as the store's patience
 * lasts, and an interrupted read resumes after the last event given.
 */
export type EventStore = {
  /** Appends all events or none, provided the stream is at the expected revision. */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;
  /** The events of a stream from a revision on (default: the first); none if the stream does not exist. */
  readStream(stream: string, fromRevision?: bigint): AsyncIterable<InStream<StoredEvent> | InStream<UnreadableEvent>>;
  /** All events of our aggregates in order, from after a position (default: the beginning) up to the current end. */
  readAll(options?: ReadAllOptions): AsyncIterable<StoredEvent | UnreadableEvent>;
  /** The position of the last event in the store, including system and foreign events; `null` if it is empty. */
  lastPosition(): Promise<Position | null>;
  /**
   * The position of the last event in a stream of one of our aggregates, at or before a position if one is given;
   * `null` if there is none. Catching up means reaching this position: it may be followed by links, statistics and
   * other programs' events, which our readers never see.
   */
  lastOwnPosition(options?: { readonly atOrBefore?: Position }): Promise<Position | null>;
  /** The same store with a different patience; closing either closes both. */
  withPatience(patience: Patience): EventStore;
  readonly patience: Patience;
  /** For everything without a wrapper. */
  readonly connection: Connection;
  close(): Promise<void>;
};

export type ReadAllOptions = { readonly after?: Position | null };

const isAt = (one: Position, other: Position): boolean => one.commit === other.commit && one.prepare === other.prepare;

const withRight = async <Answer>(right: Right, work: Promise<Answer>): Promise<Answer> => {
  try {
    return await work;
  } catch (error) {
    throw namingRight(error, right);
  }
};

async function* namingRights<Item>(right: Right, items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    throw namingRight(error, right);
  }
}

/** How long a person has to wait at a command or for a page. */
export const commandPatienceMs = 15_000;
/** How long work waits that may run for hours: imports, rebuilds, jobs. */
export const longPatienceMs = 120_000;

/**
 * The same store for work that may run for hours: it waits two minutes, or longer if it was opened with more patience.
 */
export const forLongWork = (store: EventStore, signal?: AbortSignal): EventStore =>
  store.withPatience({
    ...store.patience,
    ms: Math.max(store.patience.ms, longPatienceMs),
    ...(signal === undefined ? {} : { signal }),
  });

/**
 * Connects (lazily) to an EventStoreDB: `esdb://host:port?tls=false`, or `esdb://a,b,c` for a cluster.
 * @throws UserError (exit code 2) with what is wrong with the connection string
 */
export const connectEventStore = (url: string, patience: Patience = { ms: commandPatienceMs }): EventStore =>
  storeOn(openConnection(url), patience);

const storeOn = (connection: Connection, patience: Patience): EventStore => {
  /** The last events of `$all`, backwards. */
  const lastEvents = (from: Position | 'end', count: number) =>
    withRight(
      'read $all',
      patiently(connection, patience, ({ reader }) =>
        eventsOf(reader, { stream: '$all', from, count, backwards: true }),
      ),
    );

  return {
    connection,
    patience,
    withPatience: (other) => storeOn(connection, other),

    async append(stream, expected, events) {
      const appending = appendPatiently(connection, patience, stream, expected, events.map(encode));
      const answer = await withRight('write streams', appending);
      if ('conflict' in answer) return { appended: false, conflict: { actual: answer.conflict } };
      return { appended: true, ...answer };
    },

    async *readStream(stream, fromRevision = 0n) {
      let from = fromRevision;
      const batches = namingRights(
        'read streams',
        readPatiently(connection, patience, ({ reader }) => responsesOf(reader, { stream, from })),
      );
      for await (const batch of batches) {
        for (const response of batch) {
          if (response.kind !== 'event' || response.event === undefined) continue;
          from = response.event.revision + 1n;
          yield decode(response.event);
        }
      }
    },

    async *readAll({ after = null } = {}) {
      let last: { readonly position: Position } | null = after === null ? null : { position: after };
      /** Reading from a position includes the event at that position; resuming after it must skip that event. */
      let had: Position | null = null;
      const batches = namingRights(
        'read $all',
        readPatiently(connection, patience, ({ reader }) => {
          had = last?.position ?? null;
          return responsesOf(reader, { stream: '$all', from: had ?? 'start' });
        }),
      );
      for await (const batch of batches) {
        for (const response of batch) {
          if (response.kind !== 'event' || response.event === undefined) continue;
          const { event } = response;
          if (had !== null && isAt(event.position, had)) continue;
          had = null;
          last = event;
          if (!event.type.startsWith('$')) yield decode(event);
        }
      }
    },

    async lastPosition() {
      const [last] = await lastEvents('end', 1);
      return last?.event?.position ?? null;
    },

    async lastOwnPosition({ atOrBefore } = {}) {
      // It is usually the last event or close to it; if others write more, larger pages find it.
      let from: Position | 'end' = 'end';
      for (let count = 4; ; count = Math.min(count * 8, 4_096)) {
        const read = await lastEvents(from, count);
        for (const { event } of read) {
          if (event === undefined) continue;
          from = event.position;
          if (isOurs(event) && (atOrBefore === undefined || event.position.commit <= atOrBefore.commit)) {
            return event.position;
          }
        }
        if (read.length < count) return null;
      }
    },

    close: () => connection.close(),
  };
};
