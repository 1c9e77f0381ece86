import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  binaryEvent,
  END,
  type EventData,
  type EventStoreDBClient,
  eventTypeFilter,
  FORWARDS,
  jsonEvent,
  type Position,
  type ResolvedEvent,
  streamNameFilter,
} from '@eventstore/db-client';
import fc, { runs } from '../../support/fast-check.ts';
import { event, newStream, useEventStore } from '../support/event-store.ts';
import { readingByOurselves } from '../support/own-reader.ts';
import { collect, type Heard, listen } from '../support/wait.ts';

const store = useEventStore();
let own: ReturnType<typeof readingByOurselves> | undefined;
after(() => own?.close());

const streamCount = 3;
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !text.startsWith('$'));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.integer({ min: 1_000, max: 60_000 }).map((size) => new Uint8Array(size).fill(7)),
);
const metadata = fc.option(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array({ maxLength: 20 })), {
  nil: undefined,
});
const json = fc
  .record({
    type: name,
    data: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string({ unit: 'grapheme' }), fc.double())),
    metadata,
  })
  .map((fields) => jsonEvent(fields as Parameters<typeof jsonEvent>[0]));
const binary = fc
  .record({ type: name, data: bytes, metadata })
  .map((fields) => binaryEvent(fields as Parameters<typeof binaryEvent>[0]));

type Step =
  | { readonly do: 'append'; readonly stream: number; readonly events: readonly EventData[] }
  | { readonly do: 'link'; readonly stream: number; readonly to: number; readonly revision: number }
  | { readonly do: 'truncate'; readonly stream: number; readonly before: number }
  | { readonly do: 'delete' | 'tombstone'; readonly stream: number };

const stream = fc.nat(streamCount - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      stream,
      events: fc.array(fc.oneof(json, binary), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('link' as const), stream, to: stream, revision: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const), stream, before: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'tombstone' as const), stream }) },
);

const take = async (client: EventStoreDBClient, names: readonly string[], each: Step): Promise<void> => {
  const at = names[each.stream]!;
  if (each.do === 'append') await client.appendToStream(at, [...each.events]);
  else if (each.do === 'link') {
    await client.appendToStream(
      at,
      binaryEvent({ type: '$>', data: Buffer.from(`${each.revision}@${names[each.to]}`) }),
    );
  } else if (each.do === 'truncate') await client.setStreamMetadata(at, { truncateBefore: each.before });
  else if (each.do === 'delete') await client.deleteStream(at);
  else await client.tombstoneStream(at);
};

/** The official client returns bytes as `Uint8Array`, ours as a `Buffer`. */
const comparable = (resolved: readonly (ResolvedEvent | AllStreamResolvedEvent | Heard)[]): unknown =>
  resolved.map((each) =>
    typeof each === 'string' ? each : { ...each, event: plain(each.event), link: plain(each.link) },
  );
const plain = (recorded: { readonly data?: unknown; readonly metadata?: unknown } | undefined) =>
  recorded && { ...recorded, data: asHex(recorded.data), metadata: asHex(recorded.metadata) };
const asHex = (value: unknown): unknown =>
  value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : value;

/** The result of a read, or the error it ends with. */
const told = async (read: AsyncIterable<ResolvedEvent>): Promise<unknown> => {
  try {
    return comparable(await collect(read));
  } catch (error) {
    return { error: (error as Error).constructor.name, stream: (error as { streamName?: string }).streamName };
  }
};

const everything = async (client: EventStoreDBClient, names: readonly string[], prefix: string, from: Position) => {
  const read: Record<string, unknown> = {};
  for (const resolveLinkTos of [false, true]) {
    for (const each of names) {
      read[`${each} forwards ${resolveLinkTos}`] = await told(client.readStream(each, { resolveLinkTos }));
      const back = { direction: BACKWARDS, fromRevision: END, resolveLinkTos } as const;
      read[`${each} backwards ${resolveLinkTos}`] = await told(client.readStream(each, back));
    }
    const forwards = { direction: FORWARDS, fromPosition: from, resolveLinkTos } as const;
    const all = await collect(client.readAll(forwards));
    read[`$all forwards ${resolveLinkTos}`] = comparable(all);
    const backwards = { direction: BACKWARDS, fromPosition: END, resolveLinkTos, maxCount: all.length } as const;
    read[`$all backwards ${resolveLinkTos}`] = comparable(await collect(client.readAll(backwards)));
    for (const [title, filter] of [
      ['unfiltered', undefined],
      ['by stream', streamNameFilter({ prefixes: [`${prefix}-0`, `${prefix}-2`] })],
      ['by type', eventTypeFilter({ regex: '^[a-m$]' })],
    ] as const) {
      const options = { fromPosition: from, resolveLinkTos, ...(filter === undefined ? {} : { filter }) };
      const heard = await listen(client.subscribeToAll(options), (so) => so.at(-1) === 'caughtUp');
      read[`$all subscribed, ${title} ${resolveLinkTos}`] = comparable(heard);
    }
  }
  return read;
};

test('reads random histories exactly as the official client does, in every way of reading', async () => {
  own ??= readingByOurselves(store.client, store.url);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), name, async (steps, odd) => {
      const prefix = newStream(odd);
      const names = Array.from({ length: streamCount }, (_, n) => `${prefix}-${n}`);
      const from = (await store.client.appendToStream(newStream('mark'), event())).position as Position;
      // Steps that a deleted stream rejects change nothing for either reader.
      for (const each of steps) await take(store.client, names, each).catch(() => {});
      const official = await everything(store.client, names, prefix, from);
      assert.deepEqual(await everything(own!.client, names, prefix, from), official);
    }),
    { numRuns: runs(6) },
  );
});
