import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isLinkStream, linkCheckpoint } from '../storage/bookkeeping.ts';
import type { EventStorage, Position, ProposedEvent } from '../storage/types.ts';
import type { Log } from '../storage/writing/writer-connection.ts';
import { decodeRecordedEvent, eachFrame, readEventParts } from '../wire/frames.ts';
import { ProtoReader } from '../wire/protobuf.ts';
import { linksOf } from './links-of.ts';

const pauseMs = 500;
const none = Buffer.alloc(0);

/** Deterministic, so that writing a link again after a crash appends nothing. */
const idOf = (stream: string, position: Position): Buffer => {
  const id = createHash('sha1').update(`${stream}\0${position}`).digest().subarray(0, 16);
  id[6] = (id[6]! & 0x0f) | 0x50;
  id[8] = (id[8]! & 0x3f) | 0x80;
  return id;
};

type Waiter = { target: Position; resolve(): void; reject(error: unknown): void };

/**
 * The storage with the streams `$ce-…` and `$et-…`, whose links are written as events are committed. This begins when
 * a client first reads such a stream, and continues from then on, also after a restart: a store without such clients pays
 * nothing. A read of these streams waits until all events committed before it have their links.
 */
export const withLinks = async (storage: EventStorage, log: Log): Promise<EventStorage> => {
  const stopped = new AbortController();
  let done: Position = 0;
  let running: Promise<void> | undefined;
  let waiters: Waiter[] = [];

  const settle = () => {
    const ready = waiters.filter(({ target }) => target <= done);
    waiters = waiters.filter(({ target }) => target > done);
    for (const { resolve } of ready) resolve();
  };
  const fail = (error: unknown) => {
    for (const { reject } of waiters.splice(0)) reject(error);
  };

  const readCheckpoint = async (): Promise<Position | undefined> => {
    const page = await storage.readStream({ stream: linkCheckpoint, direction: 'backwards', from: Infinity, limit: 1 });
    if (page.found !== 'yes' || page.count === 0) return undefined;
    let position = 0;
    eachFrame(page.frames, (start, end) => {
      const { event } = readEventParts(page.frames, start, end);
      position = Number(decodeRecordedEvent(new ProtoReader(event!)).data.toString());
    });
    return position;
  };

  const append = async (stream: string, events: readonly ProposedEvent[]) => {
    const result = await storage.append({ stream, expected: 'any', events });
    if (result.kind === 'success' || result.kind === 'stream-deleted') return;
    // Some of them were written before a crash: append one at a time, so that each is recognised on its own.
    for (const event of events) await storage.append({ stream, expected: 'any', events: [event] });
  };

  const writeLinks = async (frames: Buffer): Promise<void> => {
    const byStream = new Map<string, ProposedEvent[]>();
    eachFrame(frames, (start, end) => {
      const { event } = readEventParts(frames, start, end);
      const fields = decodeRecordedEvent(new ProtoReader(event ?? none));
      for (const { stream, data, metadata } of linksOf(fields)) {
        const links = byStream.get(stream) ?? [];
        byStream.set(stream, links);
        links.push({
          id: idOf(stream, fields.position),
          type: '$>',
          contentType: 'application/octet-stream',
          data: Buffer.from(data),
          metadata: Buffer.from(metadata),
        });
      }
    });
    await Promise.all([...byStream].map(([stream, links]) => append(stream, links)));
  };

  const writeCheckpoint = (position: Position) => {
    const id = idOf(linkCheckpoint, position);
    const event = {
      id,
      type: '$linked',
      contentType: 'application/json',
      data: Buffer.from(String(position)),
      metadata: none,
    };
    return append(linkCheckpoint, [event]);
  };

  const run = async (): Promise<void> => {
    let at: Position | undefined;
    while (!stopped.signal.aborted) {
      try {
        if (at === undefined) {
          at = await readCheckpoint();
          // The checkpoint stream records, for the next start, that a client asked for links.
          if (at === undefined) await writeCheckpoint(0);
          at ??= 0;
        }
        const page = await storage.readAll({ direction: 'forwards', from: at + 1, limit: Number.MAX_SAFE_INTEGER });
        if (page.count > 0) {
          await writeLinks(page.frames);
          await writeCheckpoint(page.last);
        }
        at = page.next - 1;
        done = at;
        settle();
        if (page.end) await storage.waitForAll(at, stopped.signal);
      } catch (error) {
        if (stopped.signal.aborted) return;
        log('warn', `could not write links, retrying: ${(error as Error).message}`);
        fail(error);
        await delay(pauseMs, undefined, { signal: stopped.signal }).catch(() => {});
      }
    }
  };
  const begin = () => {
    running ??= run();
  };

  /** Resolves when all events committed so far have their links. */
  const caughtUp = (): Promise<void> => {
    begin();
    const target = storage.head();
    if (done >= target) return Promise.resolve();
    return new Promise((resolve, reject) => waiters.push({ target, resolve, reject }));
  };

  if ((await readCheckpoint()) !== undefined) begin();
  return {
    ...storage,
    async readStream(query) {
      if (isLinkStream(query.stream)) await caughtUp();
      return await storage.readStream(query);
    },
    async close() {
      stopped.abort();
      fail(new Error('the server is shutting down'));
      await running;
      await storage.close();
    },
  };
};
