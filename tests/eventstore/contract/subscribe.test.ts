import { strict as assert } from 'node:assert';
import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type Position,
  type RecordedEvent,
  type ResolvedEvent,
  START,
  type SubscribeToAllOptions,
  streamNameFilter,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { event, events, newStream, seed, useEventStore } from '../support/event-store.ts';
import { testBothReaders } from '../support/own-reader.ts';
import { eventsOf, listen, revisionsOf, sleep, within } from '../support/wait.ts';

const store = useEventStore();
const test = testBothReaders(store);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const numbers = (resolved: { event?: { data: unknown } }[]): number[] =>
  resolved.map((each) => (each.event!.data as { n: number }).n);

/**
 * Follows a subscription, and opens it again after the last event when a real node ends it: it may do so to a consumer that is
 * slow while it goes live (`ABORTED … Consumer too slow … Client resubscription required`).
 */
const resubscribing = async (
  open: (options: { after: RecordedEvent | undefined }) => AsyncIterable<ResolvedEvent> & { unsubscribe(): unknown },
  receive: (event: RecordedEvent) => unknown,
  enough: () => boolean,
) => {
  let after: RecordedEvent | undefined;
  const follow = async () => {
    for (let attempt = 0; !enough(); attempt++) {
      const subscription = open({ after });
      try {
        for await (const { event } of subscription) {
          await receive(event!);
          after = event!;
          if (enough()) return;
        }
      } catch (error) {
        if (attempt === 20 || !/ABORTED/.test(String(error))) throw error;
      }
    }
  };
  await within(40_000, 'enough events', follow());
};

test('subscribeToStream: emits confirmation, history, caughtUp, live events; a start revision is exclusive', async () => {
  const s = await seed(store.client, newStream(), 4);
  let live = false;
  const heard = await listen(store.client.subscribeToStream(s, { fromRevision: 1n }), (all) => {
    if (all.at(-1) === 'caughtUp' && !live) {
      live = true;
      void store.client.appendToStream(s, event('Live'));
    }
    const last = all.at(-1);
    return typeof last === 'object' && last.event?.type === 'Live';
  });
  assert.deepEqual(
    heard.map((each) => (typeof each === 'string' ? each : Number(each.event!.revision))),
    ['confirmation', 2, 3, 'caughtUp', 4],
  );
});

test('subscribeToStream: from END, receives only new events', async () => {
  const s = await seed(store.client, newStream(), 3);
  let live = false;
  const heard = await listen(store.client.subscribeToStream(s, { fromRevision: END }), (all) => {
    if (all.at(-1) === 'caughtUp' && !live) {
      live = true;
      void store.client.appendToStream(s, event('Live'));
    }
    return eventsOf(all).length === 1;
  });
  assert.deepEqual(revisionsOf(eventsOf(heard)), [3]);
});

test('subscribeToStream: can subscribe to a stream that does not exist yet', async () => {
  const s = newStream();
  const heard = await listen(store.client.subscribeToStream(s, { fromRevision: START }), (all) => {
    if (all.length === 1) void sleep(100).then(() => seed(store.client, s, 2));
    return eventsOf(all).length === 2;
  });
  assert.deepEqual(revisionsOf(eventsOf(heard)), [0, 1]);
});

test('subscribeToStream: receives 3,000 events while the writer continues', async () => {
  const s = newStream('busy');
  await store.client.appendToStream(s, events(500));
  const writing = (async () => {
    for (let n = 500; n < 3000; n += 100) await store.client.appendToStream(s, events(100, 'Busy', n));
  })();
  const seen: number[] = [];
  await resubscribing(
    (options) => store.client.subscribeToStream(s, { fromRevision: options.after?.revision ?? START }),
    (event) => seen.push((event.data as { n: number }).n),
    () => seen.length === 3000,
  );
  await writing;
  assert.deepEqual(seen, upTo(3000));
});

test('subscribeToStream: all subscribers receive the same events, until they unsubscribe', async () => {
  const s = newStream('several');
  const subscriptions = upTo(5).map(() => store.client.subscribeToStream(s, { fromRevision: START }));
  const counts = subscriptions.map((subscription) => {
    const heard: bigint[] = [];
    subscription.on('error', () => {});
    subscription.on('data', (resolved) => heard.push(resolved.event!.revision));
    return heard;
  });
  await store.client.appendToStream(s, events(10));
  await until('all five to receive ten', () => counts.every((heard) => heard.length === 10));
  await subscriptions[0]!.unsubscribe();
  await until('the first to end', () => subscriptions[0]!.destroyed || subscriptions[0]!.readableEnded);
  await store.client.appendToStream(s, events(10));
  await until('the other four to receive twenty', () => counts.slice(1).every((heard) => heard.length === 20));
  assert.equal(counts[0]!.length, 10);
  await Promise.all(subscriptions.slice(1).map((subscription) => subscription.unsubscribe()));
});

test('subscribeToAll: delivers every event once, in order, across history and live', async () => {
  const s = newStream('sub');
  const start = (await store.client.appendToStream(s, event('Start'))).position as Position;
  const seen: number[] = [];
  const writing = (async () => {
    for (let n = 0; n < 2000; n += 50) await store.client.appendToStream(s, events(50, 'Sub', n));
  })();
  await resubscribing(
    ({ after }) => store.client.subscribeToAll({ fromPosition: after?.position ?? start }),
    ({ streamId, data }) => {
      if (streamId === s) seen.push((data as { n: number }).n);
    },
    () => seen.length === 2000,
  );
  await writing;
  assert.deepEqual(seen, upTo(2000));
});

test('subscribeToAll: from END, receives only new events', async () => {
  const old = await seed(store.client, newStream('old'), 3);
  const fresh = newStream('fresh');
  let live = false;
  const heard = await listen(store.client.subscribeToAll({ fromPosition: END }), (all) => {
    if (all.at(-1) === 'caughtUp' && !live) {
      live = true;
      void seed(store.client, fresh, 2);
    }
    return eventsOf(all).filter((each) => each.event?.streamId === fresh).length === 2;
  });
  assert.ok(eventsOf(heard).every((each) => each.event?.streamId !== old));
});

test('subscribeToAll: a start position is exclusive', async () => {
  const s = newStream('from');
  const first = await store.client.appendToStream(s, event('First'));
  await store.client.appendToStream(s, event('Second'));
  const heard = await listen(
    store.client.subscribeToAll({ fromPosition: first.position as Position }),
    (all) => all.at(-1) === 'caughtUp',
  );
  const own = eventsOf(heard).filter((each) => each.event?.streamId === s);
  assert.deepEqual(revisionsOf(own), [1]);
});

test('subscribeToAll: filters by stream prefix, stream regex, type prefix and type regex', async () => {
  const [a, b] = [newStream('fa'), newStream('fb')];
  const [alpha, beta, gamma] = [newStream('Alpha'), newStream('Beta'), newStream('Gamma')];
  await seed(store.client, a, 3, alpha);
  await seed(store.client, b, 2, beta);
  await seed(store.client, a, 1, gamma);
  const heardWith = async (filter: NonNullable<SubscribeToAllOptions['filter']>) => {
    const heard = await listen(
      store.client.subscribeToAll({ fromPosition: START, filter }),
      (all) => all.at(-1) === 'caughtUp',
    );
    return eventsOf(heard).map((each) => each.event!.type);
  };
  assert.deepEqual(await heardWith(streamNameFilter({ prefixes: [a] })), [alpha, alpha, alpha, gamma]);
  assert.deepEqual(await heardWith(streamNameFilter({ regex: `^${b}$` })), [beta, beta]);
  assert.deepEqual(await heardWith(eventTypeFilter({ prefixes: [beta, gamma] })), [beta, beta, gamma]);
  assert.deepEqual(await heardWith(eventTypeFilter({ regex: `^(${alpha}|${gamma})$` })), [alpha, alpha, alpha, gamma]);
});

test('subscribeToAll: a filter also applies to live events', async () => {
  const wanted = newStream('Wanted');
  let live = false;
  const heard = await listen(
    store.client.subscribeToAll({ fromPosition: END, filter: eventTypeFilter({ prefixes: [wanted] }) }),
    (all) => {
      if (all.at(-1) === 'caughtUp' && !live) {
        live = true;
        void (async () => {
          await seed(store.client, newStream(), 40);
          await seed(store.client, newStream(), 3, wanted);
          await seed(store.client, newStream(), 40);
          await seed(store.client, newStream(), 2, wanted);
        })();
      }
      return eventsOf(all).length === 5;
    },
  );
  assert.ok(eventsOf(heard).every((each) => each.event?.type === wanted));
});

test('subscribeToAll: excludeSystemEvents excludes types that begin with $', async () => {
  const s = newStream();
  await store.client.setStreamMetadata(s, { maxCount: 5 });
  await seed(store.client, s, 1);
  const heard = await listen(
    store.client.subscribeToAll({ fromPosition: START, filter: excludeSystemEvents() }),
    (all) => all.at(-1) === 'caughtUp',
  );
  assert.ok(eventsOf(heard).every((each) => !each.event!.type.startsWith('$')));
  assert.ok(eventsOf(heard).some((each) => each.event!.streamId === s));
});

test('subscribeToAll: sends increasing checkpoints while nothing matches', async () => {
  const positions: Position[] = [];
  const subscription = store.client.subscribeToAll({
    fromPosition: START,
    filter: streamNameFilter({
      prefixes: [newStream('quiet')],
      checkpointInterval: 1,
      maxSearchWindow: 32,
      checkpointReached: async (_subscription, position) => {
        positions.push(position);
      },
    }),
  });
  subscription.on('error', () => {});
  subscription.on('data', () => {});
  for (let i = 0; i < 10; i++) await seed(store.client, newStream('noise'), 50);
  await until('three checkpoints', () => positions.length >= 3);
  await subscription.unsubscribe();
  for (const [index, position] of positions.entries()) {
    assert.equal(typeof position.prepare, 'bigint');
    if (index) assert.ok(position.commit >= positions[index - 1]!.commit);
  }
});

test('subscribeToAll: resuming from any checkpoint misses nothing', async () => {
  const type = newStream('Mine');
  const mark = (await store.client.appendToStream(newStream('mark'), event())).position as Position;
  for (let i = 0; i < 30; i++) {
    await seed(store.client, newStream('noise'), 20);
    await store.client.appendToStream(newStream('mine'), event(type, { n: i }));
  }
  const checkpoints: { position: Position; before: number }[] = [];
  let count = 0;
  const filter = (checkpointReached?: (position: Position) => void) =>
    eventTypeFilter({
      prefixes: [type],
      checkpointInterval: 1,
      maxSearchWindow: 10,
      ...(checkpointReached && {
        checkpointReached: async (_s: unknown, position: Position) => checkpointReached(position),
      }),
    });
  await listen(
    store.client.subscribeToAll({
      fromPosition: mark,
      filter: filter((position) => checkpoints.push({ position, before: count })),
    }),
    (all) => {
      count = eventsOf(all).length;
      return count === 30;
    },
  );
  assert.ok(checkpoints.length >= 50, `630 events are 63 times ten, but ${checkpoints.length} checkpoints came`);
  for (const { position, before } of [0, 1, 17, Math.floor(checkpoints.length / 2)].map((n) => checkpoints[n]!)) {
    const heard = await listen(
      store.client.subscribeToAll({ fromPosition: position, filter: filter() }),
      (all) => all.at(-1) === 'caughtUp',
    );
    const rest = numbers(eventsOf(heard));
    assert.ok(rest.length >= 30 - before, `a checkpoint ran ahead: ${before} were sent, ${rest.length} followed`);
    assert.deepEqual(rest, upTo(30).slice(30 - rest.length));
  }
});

test('subscribeToAll: a slow consumer receives everything', async () => {
  const s = newStream('slow');
  const start = (await store.client.appendToStream(s, event('Start'))).position as Position;
  for (let n = 0; n < 2000; n += 500) await store.client.appendToStream(s, events(500, 'Slow', n));
  const seen: number[] = [];
  await resubscribing(
    ({ after }) => store.client.subscribeToAll({ fromPosition: after?.position ?? start }),
    async ({ streamId, data }) => {
      if (streamId !== s) return;
      seen.push((data as { n: number }).n);
      if (seen.length % 200 === 0) await sleep(50);
    },
    () => seen.length === 2000,
  );
  assert.deepEqual(seen, upTo(2000));
});
