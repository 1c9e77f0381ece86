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
 * What a subscription gives: the next events of `$all` in order, and how far one has read when they are done with. That may be
 * further than the last event when the filter left out what came after it.
 */
export type EventBatch = {
  readonly events: readonly (StoredEvent | UnreadableEvent)[];
  readonly position: Position | null;
  /** The server said that all there was has been sent, and this is the last of it. */
  readonly caughtUp: boolean;
};

export type SubscribeOptions = {
  /** The last position that is done with; `null`: from the beginning. */
  readonly after: Position | null;
  /** Only streams whose names begin with one of these (`listing-`); the server leaves out the rest. Default: all of ours. */
  readonly streamPrefixes?: readonly string[];
  /** Events in a batch at most. Default 5,000. */
  readonly maxBatch?: number;
  /** Until caught up, wait for so many before giving a batch (large writes are cheap writes). Default 1. */
  readonly minBatch?: number;
  /** Ends the subscription, between two batches. */
  readonly signal?: AbortSignal;
  /** For how long to go on trying while the server cannot be reached, in ms. Default: for ever. */
  readonly patience?: number;
  /** Told of each interruption and when the next try is. */
  readonly onInterruption?: (error: unknown, waitMs: number) => void;
};

/**
 * Subscribes to `$all` and goes on doing so: when the server ends the subscription (ABORTED: consumer too slow), cannot be
 * reached, is no longer the leader or was restarted, it subscribes again, with growing pauses, from the last batch that the
 * consumer was done with. Nothing is left out and nothing given twice: asking for the next batch says that the
 * one before has been committed.
 *
 * What the consumer has no time for waits in a bounded buffer, and then at the server.
 *
 * @throws what cannot get better by waiting: refused credentials, a malformed request; the last error when `patience` ends
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
      // A server that refuses at once must not be asked in a tight loop, nor all its clients ask at the same moment.
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

/** Everything that is not a plain refusal of what we ask may pass: the server restarts, another one becomes the leader. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof AccessDeniedError || error instanceof InvalidArgumentError);

/** One subscription: gathers events until they are asked for. */
const openSource = (client: EventStoreDBClient, options: SubscribeOptions) => {
  const { after, streamPrefixes, maxBatch = 5_000, minBatch = 1, signal } = options;
  // Read on while a batch is being written, also where batches are small.
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
              // Called as soon as the client reads it from the wire, which may be before the events ahead of it have been
              // given to us: so it only counts once nothing is left in between (see `next`).
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

  /** Whether all that the client has read from the wire has been given to us. */
  const drained = () => subscription.readableLength === 0;

  const ready = (): boolean => {
    if (signal?.aborted || failure !== null) return true;
    if (buffer.length >= minBatch || (everCaughtUp && buffer.length > 0)) return true;
    return drained() && (caughtUpHeard || checkpoint !== null);
  };

  const next = async (): Promise<EventBatch | null> => {
    while (!ready()) {
      // The timer is for what says nothing when it happens: the client's own buffer running empty.
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
    subscription.on('error', () => {}); // what a subscription says after we left is nobody's business
    buffer = [];
    // Let what is on its way run out: a call that nobody reads never ends, and the client would wait for it when it closes.
    subscription.resume();
    void subscription.unsubscribe().catch(() => {});
    // Nobody reads it any more, so it would never end by itself, and closing the client would wait for that for ever.
    subscription.destroy();
  };
  return { next, close };
};
