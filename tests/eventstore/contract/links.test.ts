import { strict as assert } from 'node:assert';
import { binaryEvent, eventTypeFilter, START } from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { newStream, seed, useEventStore } from '../support/event-store.ts';
import { testBothReaders } from '../support/own-reader.ts';
import { collect, eventsOf, listen } from '../support/wait.ts';

const store = useEventStore();
const test = testBothReaders(store);

/** A link as projections write it: its data is `revision@stream`. */
const link = (target: string) => binaryEvent({ type: '$>', data: Buffer.from(target) });

test('links: are returned unresolved unless resolving is requested', async () => {
  const target = await seed(store.client, newStream('target'), 3);
  const links = newStream('links');
  await store.client.appendToStream(links, [link(`1@${target}`), link(`2@${target}`)]);
  const [plain] = await collect(store.client.readStream(links));
  assert.equal(plain!.event!.type, '$>');
  assert.equal(plain!.link, undefined);

  const resolved = await collect(store.client.readStream(links, { resolveLinkTos: true }));
  assert.deepEqual(
    resolved.map((each) => [each.event!.streamId, Number(each.event!.revision), each.link!.streamId]),
    [
      [target, 1, links],
      [target, 2, links],
    ],
  );
  assert.deepEqual(
    resolved.map((each) => Number(each.link!.revision)),
    [0, 1],
  );
});

test('links: a link with a removed target comes without an event', async () => {
  const target = await seed(store.client, newStream('target'), 3);
  const links = newStream('links');
  await store.client.appendToStream(links, [link(`0@${target}`), link(`7@${target}`), link(`0@${newStream('none')}`)]);
  await store.client.setStreamMetadata(target, { truncateBefore: 1 });
  const resolved = await collect(store.client.readStream(links, { resolveLinkTos: true }));
  assert.equal(resolved.length, 3);
  for (const each of resolved) {
    assert.equal(each.event, undefined);
    assert.equal(each.link!.type, '$>');
  }
});

test('links: resolve a stream name that contains an @', async () => {
  const target = await seed(store.client, newStream('a@b@c'), 1);
  const links = newStream('links');
  await store.client.appendToStream(links, link(`0@${target}`));
  const [resolved] = await collect(store.client.readStream(links, { resolveLinkTos: true }));
  assert.equal(resolved!.event!.streamId, target);
});

test('links: are resolved in subscriptions, both history and live', async () => {
  const target = await seed(store.client, newStream('target'), 2);
  const links = newStream('links');
  await store.client.appendToStream(links, link(`0@${target}`));
  let live = false;
  const heard = await listen(
    store.client.subscribeToStream(links, { fromRevision: START, resolveLinkTos: true }),
    (all) => {
      if (all.at(-1) === 'caughtUp' && !live) {
        live = true;
        void store.client.appendToStream(links, link(`1@${target}`));
      }
      return eventsOf(all).length === 2;
    },
  );
  assert.deepEqual(
    eventsOf(heard).map((each) => [each.event!.streamId, Number(each.event!.revision), Number(each.link!.revision)]),
    [
      [target, 0, 0],
      [target, 1, 1],
    ],
  );
});

test('links: are resolved in readAll', async () => {
  const target = await seed(store.client, newStream('target'), 1);
  const links = newStream('links');
  const { position } = await store.client.appendToStream(links, link(`0@${target}`));
  const [resolved] = await collect(
    store.client.readAll({ fromPosition: position!, resolveLinkTos: true, maxCount: 1 }),
  );
  assert.equal(resolved!.event!.streamId, target);
  assert.equal(resolved!.link!.streamId, links);
});

test('links: a filter matches the link, not its target', async () => {
  const type = newStream('Type');
  const target = await seed(store.client, newStream('target'), 1, type);
  await store.client.appendToStream(newStream('links'), link(`0@${target}`));
  const heard = await listen(
    store.client.subscribeToAll({
      fromPosition: START,
      resolveLinkTos: true,
      filter: eventTypeFilter({ prefixes: [type] }),
    }),
    (all) => all.at(-1) === 'caughtUp',
  );
  assert.equal(eventsOf(heard).length, 1);
  assert.equal(eventsOf(heard)[0]!.link, undefined);
});

test('links: do not resolve to events hidden by the limits of their stream', async () => {
  const links = newStream('links');
  const counted = await seed(store.client, newStream('target'), 3);
  await store.client.setStreamMetadata(counted, { maxCount: 1 });
  const aged = await seed(store.client, newStream('target'), 1);
  await store.client.setStreamMetadata(aged, { maxAge: 1 });
  const deleted = await seed(store.client, newStream('target'), 1);
  await store.client.deleteStream(deleted);
  const closed = await seed(store.client, newStream('target'), 1);
  await store.client.tombstoneStream(closed);
  const superseded = newStream('target');
  for (const maxCount of [1, 2]) await store.client.setStreamMetadata(superseded, { maxCount });
  const hidden = [`0@${counted}`, `1@${counted}`, `0@${aged}`, `0@${deleted}`, `0@${closed}`, `0@$$${superseded}`];
  await store.client.appendToStream(links, [...hidden.map(link), link(`2@${counted}`), link(`1@$$${superseded}`)]);
  const found = async () =>
    (await collect(store.client.readStream(links, { resolveLinkTos: true }))).map((each) => each.event?.streamId);
  const expected = [...hidden.map(() => undefined), counted, `$$${superseded}`];
  await until('the oldest to be too old', async () => (await found())[2] === undefined);
  assert.deepEqual(await found(), expected);
});

test('links: data without a number is not a link; a number alone is a broken link', async () => {
  const links = newStream('links');
  await store.client.appendToStream(links, [link('here@there'), link('5'), link('5@')]);
  const resolved = await collect(store.client.readStream(links, { resolveLinkTos: true }));
  assert.deepEqual(
    resolved.map((each) => [each.event?.type, each.link?.type]),
    [
      ['$>', undefined],
      [undefined, '$>'],
      [undefined, '$>'],
    ],
  );
});
