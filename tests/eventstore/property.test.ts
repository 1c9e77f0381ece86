import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import {
  type AppendExpectedRevision,
  type AppendResult,
  BACKWARDS,
  END,
  type EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { testCredentials } from '../support/event-store/test-event-store.ts';
import fc, { runs } from '../support/fast-check.ts';
import { newStream, useEventStore } from './support/event-store.ts';
import { type Answer, createModel, type Expected, type Model, type ModelEvent } from './support/model.ts';
import { collect, eventsOf, listen } from './support/wait.ts';

const store = useEventStore();

const effort = { numRuns: runs(20) };
const clientCount = 3;
const streamCount = 5;

type Step = { client: number; stream: number } & (
  | { do: 'append'; expected: Expected; count: number; unary: boolean }
  | { do: 'repeat' }
  | { do: 'read'; forwards: boolean; from: number; limit: number }
  | { do: 'delete' | 'tombstone'; expected: 'any' | 'exact' | 'wrong' }
  | { do: 'metadata'; maxCount?: number; truncateBefore?: number }
);

const who = { client: fc.nat(clientCount - 1), stream: fc.nat(streamCount - 1) };
const expectations = fc.constantFrom<Expected>('any', 'no_stream', 'stream_exists', 'exact', 'exact', 'wrong');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...who,
      do: fc.constant('append' as const),
      expected: expectations,
      count: fc.integer({ min: 1, max: 5 }),
      unary: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...who, do: fc.constant('repeat' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      ...who,
      do: fc.constant('read' as const),
      forwards: fc.boolean(),
      from: fc.nat(25),
      limit: fc.integer({ min: 1, max: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...who,
      do: fc.constantFrom('delete' as const, 'delete' as const, 'tombstone' as const),
      expected: fc.constantFrom('any' as const, 'exact' as const, 'wrong' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        ...who,
        do: fc.constant('metadata' as const),
        maxCount: fc.integer({ min: 1, max: 10 }),
        truncateBefore: fc.nat(10),
      },
      { requiredKeys: ['client', 'stream', 'do'] },
    ),
  },
);
/** Concurrent steps, each on its own stream, so that their order does not matter. */
const moment = fc.uniqueArray(step, { minLength: 1, maxLength: 4, selector: (each) => each.stream });

const revision = (actual: unknown): number => (typeof actual === 'bigint' ? Number(actual) : -1);

const said = async (call: Promise<Answer>): Promise<Answer> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof WrongExpectedVersionError) return { kind: 'conflict', actual: revision(error.actualVersion) };
    if (error instanceof StreamDeletedError) return { kind: 'deleted' };
    if (error instanceof StreamNotFoundError) return { kind: 'missing' };
    throw error;
  }
};

const onTheWire = (expected: 'any' | 'no_stream' | 'stream_exists' | number): AppendExpectedRevision =>
  typeof expected === 'number' ? BigInt(expected) : expected;

const appendWith = async (
  client: EventStoreDBClient,
  name: string,
  expected: 'any' | 'no_stream' | 'stream_exists' | number,
  proposed: ModelEvent[],
  unary: boolean,
): Promise<Answer> => {
  const events = proposed.map(({ id, n }) => jsonEvent({ id, type: `Type${n % 3}`, data: { n } }));
  const result: AppendResult = await client.appendToStream(name, events, {
    expectedRevision: onTheWire(expected),
    // Per-call credentials make the client use the unary Append.
    ...(unary && { credentials: testCredentials() }),
  });
  return {
    kind: 'success',
    revision: Number(result.nextExpectedRevision),
    ...(result.position && { position: result.position.commit }),
  };
};

const same = (got: Answer, wanted: Answer, about: string): void => {
  const { position: _, ...rest } = { position: undefined, ...got };
  const { position: __, ...expected } = { position: undefined, ...wanted };
  assert.deepEqual(rest, expected, about);
};

const runStep = async (each: Step, model: Model, names: string[], clients: EventStoreDBClient[]): Promise<void> => {
  const client = clients[each.client]!;
  const name = names[each.stream]!;
  const about = JSON.stringify(each);
  if (each.do === 'append') {
    const expected = model.resolve(name, each.expected);
    const proposed = model.propose(name, each.count);
    const wanted = model.append(name, expected, proposed);
    const got = await said(appendWith(client, name, expected, proposed, each.unary));
    same(got, wanted, about);
    model.remember(name, got);
  } else if (each.do === 'repeat') {
    const last = model.lastAppend(name);
    if (!last?.answer) return;
    const got = await said(appendWith(client, name, last.expected, last.events, false));
    same(got, last.answer, about);
    // A real node may answer a repeated append without a position.
    if ('position' in got) assert.deepEqual(got, last.answer, about);
  } else if (each.do === 'read') {
    const wanted = model.read(name, each.forwards, each.from, each.limit);
    const direction = each.forwards ? FORWARDS : BACKWARDS;
    const options = { direction, fromRevision: BigInt(each.from), maxCount: each.limit } as const;
    const reading = collect(client.readStream(name, options)).then(
      (read): Answer => ({
        kind: 'events',
        revisions: read.map(({ event }) => Number(event!.revision)),
        ids: read.map(({ event }) => event!.id),
      }),
    );
    same(await said(reading), wanted, about);
  } else if (each.do === 'metadata') {
    if (!model.canSetMetadata(name)) return;
    const limits = {
      ...(each.maxCount !== undefined && { maxCount: each.maxCount }),
      ...(each.truncateBefore !== undefined && { truncateBefore: each.truncateBefore }),
    };
    model.setMetadata(name, limits);
    await client.setStreamMetadata(name, limits);
  } else {
    if (!model.canDelete(name)) return;
    const resolved = model.resolve(name, each.expected) as 'any' | number;
    const wanted = model.delete(name, resolved, each.do === 'delete' ? 'softly' : 'for good');
    const options = { expectedRevision: resolved === 'any' ? resolved : BigInt(resolved) };
    const deleting = each.do === 'delete' ? client.deleteStream(name, options) : client.tombstoneStream(name, options);
    const answer = wanted.kind === 'success' ? wanted.revision : -1;
    same(await said(deleting.then((): Answer => ({ kind: 'success', revision: answer }))), wanted, about);
  }
};

test(`answers random commands of ${clientCount} clients like an in-memory model`, async () => {
  const clients = Array.from({ length: clientCount }, () => store.connect());
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 5, maxLength: 40 }), async (moments) => {
      const prefix = newStream('model');
      const names = Array.from({ length: streamCount }, (_, n) => `${prefix}-${n}`);
      const model = createModel();
      for (const steps of moments) await Promise.all(steps.map((each) => runStep(each, model, names, clients)));

      const wanted = new Map(model.all().map((event) => [event.id, event]));
      const isOwn = (streamId: string | undefined, type: string | undefined) =>
        names.includes(streamId ?? '') && type !== '$streamDeleted';
      const read = (await collect(clients[0]!.readAll({ fromPosition: START }))).filter(({ event }) =>
        isOwn(event?.streamId, event?.type),
      );
      const heard = eventsOf(
        await listen(
          clients[1]!.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ prefixes: [prefix] }) }),
          (all) => all.at(-1) === 'caughtUp',
        ),
      ).filter(({ event }) => isOwn(event?.streamId, event?.type));
      const back = (await collect(clients[2]!.readAll({ direction: BACKWARDS, fromPosition: END }))).filter(
        ({ event }) => isOwn(event?.streamId, event?.type),
      );

      assert.equal(read.length, wanted.size, '$all holds every event once');
      const next = new Map<string, number>();
      let position = -1n;
      for (const { event } of read) {
        const { id, streamId, revision: at, data } = event!;
        const known = wanted.get(id);
        assert.deepEqual(
          { streamId, at: Number(at), n: (data as { n: number }).n },
          { streamId: known?.stream, at: known?.revision, n: known?.n },
        );
        assert.equal(Number(at), next.get(streamId) ?? 0, 'revisions without gaps, in order');
        next.set(streamId, Number(at) + 1);
        assert.ok(event!.position!.commit > position, 'positions rise');
        position = event!.position!.commit;
      }
      const ids = read.map(({ event }) => event!.id);
      assert.deepEqual(
        heard.map(({ event }) => event!.id),
        ids,
        'a subscription receives what a read returns',
      );
      assert.deepEqual(
        back.map(({ event }) => event!.id),
        ids.toReversed(),
        'a backward read is the reverse',
      );
    }),
    effort,
  );
});

test('concurrent appends to one stream are serialised, and every answer is its place in that order', async () => {
  const clients = Array.from({ length: clientCount }, () => store.connect());
  const batch = fc.record({ client: fc.nat(clientCount - 1), count: fc.integer({ min: 1, max: 4 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 2, maxLength: 30 }), async (batches) => {
      const name = newStream('race');
      const model = createModel();
      const answers = await Promise.all(
        batches.map(async ({ client, count }) => {
          const proposed = model.propose(name, count);
          const answer = await appendWith(clients[client]!, name, 'any', proposed, false);
          return { proposed, answer: answer as Extract<Answer, { kind: 'success' }> };
        }),
      );
      const read = (await collect(clients[0]!.readStream(name))).map(({ event }) => event!);
      assert.equal(
        read.length,
        batches.reduce((sum, { count }) => sum + count, 0),
      );
      for (const { proposed, answer } of answers) {
        const first = answer.revision - proposed.length + 1;
        const stored = read.slice(first, answer.revision + 1);
        assert.deepEqual(
          stored.map(({ id }) => id),
          proposed.map(({ id }) => id),
          'the events of one call are contiguous, ending at its answer',
        );
        assert.equal(stored.at(-1)!.position!.commit, answer.position);
      }
    }),
    effort,
  );
});
