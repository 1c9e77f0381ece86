import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { decode } from './codec.ts';
import { eventIdAt } from './event-at.ts';
import type { EventStore } from './event-store.ts';
import type { ServerNode } from './server/connection.ts';
import { eventStoreFailure, failureOf } from './server/failure.ts';
import { startWaiting, type Waiting } from './server/patience.ts';
import type { Position, StoredEvent, UnreadableEvent } from './stored-event.ts';

/**
 * A batch of a subscription: the next events of `$all` in order, and the position reached after them. That may be
 * further than the last event, if the filter excluded what came after it.
 */
export type EventBatch = {
  readonly events: readonly (StoredEvent | UnreadableEvent)[];
  readonly position: Position | null;
  /** The server reported that the subscription has caught up, and this batch is the last before that. */
  readonly caughtUp: boolean;
};

export type SubscribeOptions = {
  /** Resume after this position; `null`: from the beginning. */
  readonly after: Position | null;
  /** Only streams whose names begin with one of these (`listing-`), filtered by the server. Default: all of ours. */
  readonly streamPrefixes?: readonly string[];
  /** The most events in a batch. Default 5,000. */
  readonly maxBatch?: number;
  /** Until caught up, wait for this many events before returning a batch (large writes are cheaper). Default 1. */
  readonly minBatch?: number;
  /** Ends the subscription, between two batches. */
  readonly signal?: AbortSignal;
  /** How long to keep retrying while the server cannot be reached, in ms. Default: forever. */
  readonly patience?: number;
  /** Called on each interruption, with its cause and how long it has lasted. */
  readonly onInterruption?: (error: unknown, waiting: Waiting) => void;
};

/**
 * Subscribes to `$all` and stays subscribed: when the server ends the subscription (ABORTED: consumer too slow), cannot be
 * reached, is no longer the leader or was restarted, it resubscribes, with growing pauses, after the last batch that the
 * consumer has finished. Nothing is skipped or delivered twice: asking for the next batch confirms that the previous one
 * has been committed.
 *
 * What the consumer is too slow for waits in a bounded buffer, and then at the server.
 *
 * @throws errors that waiting cannot fix (refused credentials, a malformed request, a position that the store does not know),
 *   or the last error when `patience` ends
 */
export async function* subscribeToAll(
  store: EventStore,
  options: SubscribeOptions,
): AsyncGenerator<EventBatch, void, undefined> {
  const { signal, patience: ms = Number.POSITIVE_INFINITY, onInterruption = () => {} } = options;
  const { connection } = store;
  let after = options.after;
  let failed: unknown;
  const waiting = startWaiting({
    ms,
    ...(signal === undefined ? {} : { signal }),
    onWaiting: (waiting) => onInterruption(failed, waiting),
  });
  while (!signal?.aborted) {
    let node: ServerNode | undefined;
    let source: Source | undefined;
    try {
      node = await connection.node();
      source = openSource(node.client, { ...options, after });
      for (;;) {
        const batch = await source.next();
        if (batch === null) return;
        connection.answered();
        yield batch;
        after = batch.position;
        waiting.progress();
      }
    } catch (error) {
      failed = await interruption(store, after, error);
      if (node !== undefined) connection.failed(node, failed);
      try {
        await waiting.after(failed);
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
    } finally {
      source?.close();
    }
  }
}

/** A server may say of anything that goes wrong within it what it says of a position that it does not know: ask for that alone. */
const interruption = async (store: EventStore, after: Position | null, error: unknown): Promise<unknown> => {
  const failure = failureOf(error);
  if (failure === undefined) return eventStoreFailure({ kind: 'away', cause: 'the subscription was ended' }, error);
  if (failure.kind !== 'not-here' || after === null) return error;
  try {
    await eventIdAt(store.withPatience({ ms: 0 }), after);
  } catch (again) {
    return failureOf(again)?.kind === 'not-here' ? error : again;
  }
  return eventStoreFailure({ kind: 'away', cause: failure.cause }, error);
};

type Source = ReturnType<typeof openSource>;

/** One subscription: buffers events until they are asked for. */
const openSource = (client: EventStoreDBClient, options: SubscribeOptions) => {
  const { after, streamPrefixes, maxBatch = 5_000, minBatch = 1, signal } = options;
  // Keep reading while a batch is being written, even with small batches.
  const highWater = Math.max(maxBatch * 2, 6_000);
  let buffer: (StoredEvent | UnreadableEvent)[] = [];
  let position = after;
  let checkpoint: Position | null = null;
  let caughtUpHeard = false;
  let everCaughtUp = false;
  let failure: { readonly error: unknown } | null = null;
  let wake = () => {};

  const subscription: AllStreamSubscription = client.subscribeToAll(
    {
      fromPosition: after ?? START,
      ...(streamPrefixes === undefined
        ? {}
        : {
            filter: streamNameFilter({
              prefixes: [...streamPrefixes],
              checkpointInterval: 32,
              // Called as soon as the client reads it from the wire, which may be before we have received the events ahead of it:
              // so it counts only once nothing is left in between (see `next`).
              checkpointReached: async (_: unknown, reached: Position) => {
                checkpoint = reached;
                wake();
              },
            }),
          }),
    },
    { highWaterMark: 1_024 },
  );
  subscription.on('data', (resolved: AllStreamResolvedEvent) => {
    const event = decode(resolved);
    if (event === null || event.type.startsWith('$')) return;
    buffer.push(event);
    if (buffer.length >= highWater) subscription.pause();
    if (buffer.length >= minBatch || everCaughtUp) wake();
  });
  subscription.on('caughtUp', () => {
    caughtUpHeard = true;
    wake();
  });
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  subscription.on('error', fail);
  const ended = () => fail(eventStoreFailure({ kind: 'away', cause: 'the event store ended the subscription' }));
  subscription.on('end', ended);
  subscription.on('close', ended);
  signal?.addEventListener('abort', () => wake(), { once: true });

  /** Whether we have received everything that the client has read from the wire. */
  const drained = () => subscription.readableLength === 0;

  const ready = (): boolean => {
    if (signal?.aborted || failure !== null) return true;
    if (buffer.length >= minBatch || (everCaughtUp && buffer.length > 0)) return true;
    return drained() && (caughtUpHeard || checkpoint !== null);
  };

  const next = async (): Promise<EventBatch | null> => {
    while (!ready()) {
      // The timer covers what has no event: the client's own buffer running empty.
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, 50);
      });
      clearTimeout(timer);
    }
    if (signal?.aborted) return null;
    if (buffer.length === 0 && failure !== null) throw failure.error;
    const events = buffer.length <= maxBatch ? buffer : buffer.slice(0, maxBatch);
    buffer = events === buffer ? [] : buffer.slice(maxBatch);
    if (buffer.length < highWater / 2 && subscription.isPaused()) subscription.resume();
    position = events.at(-1)?.position ?? position;
    let caughtUp = false;
    if (buffer.length === 0 && drained() && failure === null) {
      if (checkpoint !== null && (position === null || checkpoint.commit > position.commit)) position = checkpoint;
      checkpoint = null;
      caughtUp = caughtUpHeard;
      everCaughtUp ||= caughtUp;
      caughtUpHeard = false;
    }
    return { events, position, caughtUp };
  };

  const close = () => {
    subscription.removeAllListeners('data');
    subscription.on('error', () => {}); // we have left: ignore it
    buffer = [];
    // Let pending data drain: an unread call never ends, and closing the client would wait for it.
    subscription.resume();
    void subscription.unsubscribe().catch(() => {});
    // An abandoned stream would never end on its own, and closing the client would wait for it forever.
    subscription.destroy();
  };
  return { next, close };
};
