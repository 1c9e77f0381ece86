import { decode } from './codec.ts';
import { eventIdAt } from './event-at.ts';
import type { EventStore } from './event-store.ts';
import type { Reader } from './reader/reader.ts';
import { encodeReadRequest } from './reader/request.ts';
import type { ServerNode } from './server/connect-node.ts';
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
 * Events that the consumer is too slow for wait in a buffer of a few MB, and beyond that at the server.
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
    try {
      node = await connection.node();
      for await (const batch of batchesOf(node.reader, { ...options, after })) {
        connection.answered();
        yield batch;
        after = batch.position;
        waiting.progress();
      }
      return;
    } catch (error) {
      failed = await interruption(store, after, error);
      if (node !== undefined) connection.failed(node, failed);
      try {
        await waiting.after(failed);
      } catch (error) {
        if (signal?.aborted) return;
        throw error;
      }
    }
  }
}

/** A server may report an internal failure as an unknown position, so this asks for that position alone. */
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

/** How often the server reports its position: after this many units of 32 events considered. */
const checkpointEvery = 32;

/** Where events are large, a batch has fewer of them. */
const maxBatchBytes = 4 * 1024 * 1024;

/** One subscription, cut into batches, until the signal. Everything counts in the order in which the server sends it. */
async function* batchesOf(reader: Reader, options: SubscribeOptions): AsyncGenerator<EventBatch, void, undefined> {
  const { after, streamPrefixes: prefixes, maxBatch = 5_000, minBatch = 1, signal } = options;
  let events: (StoredEvent | UnreadableEvent)[] = [];
  let bytes = 0;
  /** How much there is to report: events, and positions beyond them. */
  let seen = 0;
  /** What has the position that was reached. An event makes its position only when it is asked for. */
  let reached: { readonly position: Position } | null = after === null ? null : { position: after };
  let everCaughtUp = false;
  const cut = (caughtUp: boolean): EventBatch => {
    const batch = { events, position: reached?.position ?? null, caughtUp };
    events = [];
    bytes = 0;
    seen = 0;
    return batch;
  };
  const filter = prefixes === undefined ? {} : { filter: { prefixes, checkpointEvery } };
  const call = reader.read(
    encodeReadRequest({ stream: '$all', from: after ?? 'start', count: 'subscribe', ...filter }),
  );
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for (;;) {
      const responses = await call.next().catch((error: unknown) => ({ error }));
      if (signal?.aborted) return;
      if (responses === null || 'error' in responses) {
        // What came before is not lost.
        if (seen > 0) yield cut(false);
        throw responses?.error ?? eventStoreFailure({ kind: 'away', cause: 'the event store ended the subscription' });
      }
      for (const response of responses) {
        if (response.kind === 'caught-up') {
          yield cut(true);
          everCaughtUp = true;
        } else if (response.kind === 'checkpoint') {
          if (reached !== null && response.position.commit <= reached.position.commit) continue;
          reached = response;
          seen++;
        } else if (response.kind === 'event' && response.event !== undefined) {
          const { event } = response;
          reached = event;
          seen++;
          if (event.type.startsWith('$')) continue;
          events.push(decode(event));
          bytes += event.size;
          if (events.length >= maxBatch || bytes >= maxBatchBytes) yield cut(false);
        }
        if (signal?.aborted) return;
      }
      if (seen >= (everCaughtUp ? 1 : minBatch)) yield cut(false);
    }
  } finally {
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}
