import type { EventData } from '@eventstore/db-client';
import { encode, type NewEvent } from './codec.ts';
import type { EventStore } from './event-store.ts';
import { eventStoreFailure } from './server/failure.ts';

/** Sees what is appended; `first` is the revision of the first of the events. */
export type OnAppend = (stream: string, events: readonly NewEvent[], first: bigint) => void;

/** The same event store, with everything that is appended shown to `onAppend`. */
export const observedStore = (store: EventStore, onAppend: OnAppend): EventStore => ({
  ...store,
  withPatience: (patience) => observedStore(store.withPatience(patience), onAppend),
  async append(stream, expected, events) {
    const result = await store.append(stream, expected, events);
    if (result.appended) onAppend(stream, events, result.revision - BigInt(events.length) + 1n);
    return result;
  },
});

/** What EventStoreDB accepts in one append unless it is set otherwise (`MaxAppendSize`), and how it counts. */
const maxAppendSize = 1024 * 1024;
const sizeOf = ({ type, data, metadata }: EventData): number => bytesIn(data) + bytesIn(metadata) + 2 * type.length;
const bytesIn = (part: unknown): number =>
  part === undefined ? 0 : part instanceof Uint8Array ? part.length : Buffer.byteLength(JSON.stringify(part));

/**
 * An event store for rehearsals: reads are those of the store, appends are checked as the store would and then dropped. What was
 * appended cannot be read.
 */
export const pretendingStore = (store: EventStore): EventStore => {
  let end: Promise<bigint> | undefined;
  let appends = 0n;
  const pretending = (of: EventStore): EventStore => ({
    ...of,
    withPatience: (patience) => pretending(of.withPatience(patience)),
    async append(_stream, expected, events) {
      const size = events.map(encode).reduce((sum, event) => sum + sizeOf(event), 0);
      if (size > maxAppendSize)
        throw eventStoreFailure({ kind: 'refused', refusal: 'size', cause: `an append of ${size} bytes` });
      end ??= of.lastPosition().then((position) => position?.commit ?? 0n);
      const commit = (await end) + ++appends;
      const before = expected === 'no-stream' ? -1n : expected;
      return {
        appended: true,
        revision: before + BigInt(events.length),
        position: { commit, prepare: commit },
      };
    },
  });
  return pretending(store);
};
