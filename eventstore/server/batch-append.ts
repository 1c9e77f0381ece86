import { randomUUID } from 'node:crypto';
import type { EventData } from '@eventstore/db-client';
import { type Channel, Client, type ClientDuplexStream, credentials, type Metadata } from '@grpc/grpc-js';
import { type Answer, type Appended, answerOf, decodeAnswer } from './append-answer.ts';
import { requestsOf } from './append-request.ts';
import { eventStoreFailure } from './failure.ts';

/** Appends over one connection. */
export type Appender = {
  /**
   * @param expected the stream's last revision, or that the stream does not exist
   * @throws errors that `failureOf` understands; `unknown-outcome` if no answer comes in time
   */
  append(stream: string, expected: bigint | 'no-stream', events: readonly EventData[]): Promise<Appended>;
  close(): void;
};

type Waiting = { resolve(answer: Appended): void; reject(error: unknown): void; readonly until: number };

/**
 * Appends, many in flight over one call (`BatchAppend`). The official client can do this too, but keeps the appends of
 * all connections in one table: an error on one fails all of them, an unanswered one waits forever, and an answer that
 * no one waits for ends the process. Here each connection has its own table, everything has a deadline, and such
 * answers are dropped.
 *
 * @param deadlineMs the time limit for the server
 */
export const openAppender = (channel: Channel, metadata: () => Metadata, deadlineMs: number): Appender => {
  const client = new Client('', credentials.createInsecure(), { channelOverride: channel });
  const waiting = new Map<string, Waiting>();
  let call: ClientDuplexStream<Buffer, Answer> | null = null;
  let watch: NodeJS.Timeout | null = null;
  /** When the call last returned an answer, or was opened. */
  let heardAt = 0;

  const failAll = (error: unknown) => {
    const all = [...waiting.values()];
    waiting.clear();
    for (const { reject } of all) reject(error);
  };
  const settle = (id: string): Waiting | undefined => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };

  const open = (): ClientDuplexStream<Buffer, Answer> => {
    const opened = client.makeBidiStreamRequest(batchAppend, asIs, decodeAnswer, metadata(), {
      deadline: Number.POSITIVE_INFINITY,
    });
    heardAt = Date.now();
    opened.on('data', (answer: Answer) => {
      heardAt = Date.now();
      const from = settle(answer.id);
      if (from === undefined) return; // given up on, or already answered
      try {
        from.resolve(answerOf(answer));
      } catch (error) {
        from.reject(error);
      }
    });
    const ended = (error: unknown) => {
      if (call !== opened) return;
      call = null;
      failAll(error);
    };
    opened.on('error', ended);
    opened.on('end', () => ended(eventStoreFailure({ kind: 'away', cause: 'the event store ended the connection' })));
    return opened;
  };

  const watchDeadlines = () => {
    watch ??= setInterval(() => {
      const now = Date.now();
      let silent = false;
      for (const [id, { until, reject }] of waiting) {
        if (until > now) continue;
        silent = true;
        waiting.delete(id);
        reject(unanswered());
      }
      // Silent for as long as any append may take, so another call may get through.
      if (silent && call !== null && heardAt < now - deadlineMs) {
        const left = call;
        call = null;
        left.cancel();
        failAll(unanswered());
      }
      if (waiting.size > 0 || watch === null) return;
      clearInterval(watch);
      watch = null;
    }, 250);
  };

  return {
    append: (stream, expected, events) =>
      new Promise((resolve, reject) => {
        call ??= open();
        const id = randomUUID();
        const requests = [...requestsOf(id, stream, expected, events, deadlineMs)];
        waiting.set(id, { resolve, reject, until: Date.now() + deadlineMs + graceMs });
        watchDeadlines();
        for (const request of requests) call.write(request);
      }),
    close() {
      call?.cancel();
      call = null;
      failAll(eventStoreFailure({ kind: 'away', cause: 'the connection was closed' }));
      if (watch !== null) clearInterval(watch);
    },
  };
};

const batchAppend = '/event_store.client.streams.Streams/BatchAppend';
const asIs = (message: Buffer): Buffer => message;

const unanswered = () => eventStoreFailure({ kind: 'unknown-outcome', cause: 'an append was not answered in time' });

/** Allows for the server's own answer that the deadline has passed, which is more informative. */
const graceMs = 1_000;
