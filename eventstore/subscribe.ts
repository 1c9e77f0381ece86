import { setTimeout as sleep } from 'node:timers/promises';
import {
  AccessDeniedError,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  InvalidArgumentError,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { decode } from './codec.ts';
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
  /** Called on each interruption, with the time until the next retry. */
  readonly onInterruption?: (error: unknown, waitMs: number) => void;
};

/**
 * Subscribes to `$all` and stays subscribed: when the server ends the subscription (ABORTED: consumer too slow), cannot be
 * reached, is no longer the leader or was restarted, it resubscribes, with growing pauses, after the last batch that the
 * consumer has finished. Nothing is skipped or delivered twice: asking for the next batch confirms that the previous one
 * has been committed.
 *
 * What the consumer is too slow for waits in a bounded buffer, and then at the server.
 *
 * @throws errors that waiting cannot fix (refused credentials, a malformed request), or the last error when `patience` ends
 */
export async function* subscribeToAll(
  store: { readonly client: EventStoreDBClient },
  options: SubscribeOptions,
): AsyncGenerator<EventBatch, void, undefined> {
  const { signal, patience = Number.POSITIVE_INFINITY, onInterruption = () => {} } = options;
  let after = options.after;
  let wait = firstWait;
  let lastSign = Date.now();
  while (!signal?.aborted) {
    const source = openSource(store.client, { ...options, after });
    try {
      for (;;) {
        const batch = await source.next();
        if (batch === null) return;
        wait = firstWait;
        yield batch;
        after = batch.position;
        lastSign = Date.now();
      }
    } catch (error) {
      if (!mayPass(error)) throw error;
      // With jitter: clients must neither retry in a tight loop nor all at the same moment.
      const pause = wait * (0.75 + Math.random() / 2);
      if (Date.now() + pause - lastSign > patience) throw error;
      onInterruption(error, pause);
      await sleep(pause, undefined, { signal }).catch(() => {});
      wait = Math.min(wait * 2, longestWait);
    } finally {
      source.close();
    }
  }
}

const firstWait = 50;
const longestWait = 5_000;

/** Everything but a plain refusal of our request may pass: the server restarts, another node becomes the leader. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof AccessDeniedError || error instanceof InvalidArgumentError);

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
  subscription.on('end', () => fail(new Error('the event store ended the subscription')));
  subscription.on('close', () => fail(new Error('the event store closed the subscription')));
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
