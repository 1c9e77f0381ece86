import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchChanges } from '../../../importers/mongo/following/watch-changes.ts';
import { followLegacy } from '../../../schedulers/old-crm/follow-legacy.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { until } from '../../support/until.ts';
import { intercepting } from '../support/intercepting.ts';

const watch = (url: string, collections: readonly string[]) => {
  const stop = new AbortController();
  let calls = 0;
  const ended = watchChanges(url, collections, stop.signal, () => calls++);
  return {
    calls: () => calls,
    end: async () => {
      stop.abort();
      await ended;
    },
  };
};

test(
  'a change to a collection that is watched is reported, and one to another collection is not',
  withMongo,
  async (t) => {
    const mongo = await startMongo(t, { changeStreams: true });
    const db = mongo.client.db();
    const watched = new Set<unknown>();
    const url = await intercepting(t, mongo.url, ({ aggregate }) => {
      if (aggregate !== undefined) watched.add(aggregate);
      return undefined;
    });
    const watching = watch(url, ['properties', 'contacts']);
    t.after(watching.end);
    // The stream begins where the server is when it is opened.
    let n = 0;
    await until('a change is reported', async () => {
      await db.collection<{ _id: number }>('contacts').insertOne({ _id: n++ });
      return watching.calls() > 0;
    });
    // The server reports changes to those only.
    await until('both are watched', () => watched.size > 1);
    assert.deepEqual([...watched].sort(), ['contacts', 'properties']);
  },
);

test('following runs sooner after a change to a collection of the mapping', withMongo, async (t) => {
  const mongo = await startMongo(t, { changeStreams: true });
  const stop = new AbortController();
  let woken = false;
  const legacy = { mongoUrl: mongo.url, mapping: undefined };
  const deps = { legacy } as Parameters<NonNullable<typeof followLegacy.watch>>[0];
  const watching = followLegacy.watch!(deps, stop.signal, () => {
    woken = true;
  });
  t.after(async () => {
    stop.abort();
    await watching;
  });
  const contacts = mongo.client.db().collection('contacts');
  await until('following is woken', async () => {
    await contacts.insertOne({ name: 'Ana' });
    return woken;
  });
});

testOnBoth('a server without change streams is not a failure: the watch ends with its signal', async (t, start) => {
  const mongo = await start(t);
  const watching = watch(mongo.url, ['properties']);
  await mongo.client.db().collection('properties').insertOne({ listPrice: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await watching.end();
  assert.equal(watching.calls(), 0);
});

test('a server that goes away is not a failure: the watch ends with its signal', withMongo, async (t) => {
  const mongo = await startMongo(t, { changeStreams: true });
  const watching = watch(mongo.url, ['properties']);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  mongo.kill();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await watching.end();
});

test('the watch ends soon, though the server does not answer', withMongo, async (t) => {
  const mongo = await startMongo(t, { changeStreams: true });
  // While it connects, and while it watches.
  for (const silent of ['buildinfo', 'aggregate']) {
    let isAsked = false;
    const url = await intercepting(t, mongo.url, (command) => {
      if (!(silent in command)) return undefined;
      isAsked = true;
      return 'silence';
    });
    const watching = watch(url, ['contacts']);
    await until('the server is asked', async () => isAsked);
    const ended = await Promise.race([watching.end().then(() => true), sleep(15_000, false, { ref: false })]);
    assert.ok(ended, silent);
  }
});

test('any number of collections is watched without a warning about listeners', withMongo, async (t) => {
  const mongo = await startMongo(t, { changeStreams: true });
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const watching = watch(
    mongo.url,
    Array.from({ length: 12 }, (_, n) => `collection${n}`),
  );
  await sleep(2_000);
  await watching.end();
  assert.deepEqual(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  );
});
