import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
  type ResolvedEvent,
  START,
} from '@eventstore/db-client';
import { until } from '../../support/until.ts';
import { event, events, useEventStore } from '../support/event-store.ts';
import { testBothReaders } from '../support/own-reader.ts';
import { collect, eventsOf, listen } from '../support/wait.ts';

/** On a real node these need `EVENTSTORE_RUN_PROJECTIONS=System` and `EVENTSTORE_START_STANDARD_PROJECTIONS=true`. */
const store = useEventStore();
const test = testBothReaders(store);

let made = 0;
const newCategory = () => `cat${process.pid}${Date.now().toString(36)}${made++}`;

/** A link stream, once it has that many links: a real node writes them within seconds. */
const linksOf = async (stream: string, count: number, resolveLinkTos = false): Promise<ResolvedEvent[]> => {
  let links: ResolvedEvent[] = [];
  await until(`${count} links in ${stream}`, async () => {
    links = (await collect(store.client.readStream(stream, { resolveLinkTos })).catch(() => [])) as ResolvedEvent[];
    return links.length >= count;
  });
  return links;
};
const dataOf = ({ event }: ResolvedEvent) => Buffer.from(event!.data as Uint8Array).toString();
/** The client reads it as JSON even if its event is not. */
const metadataOf = ({ event }: ResolvedEvent) => event!.metadata as Record<string, unknown>;

test('$ce-: has a link for each event of a category, in order, with its origin', async () => {
  const category = newCategory();
  const id = randomUUID();
  await store.client.appendToStream(
    `${category}-1`,
    jsonEvent({ id, type: 'Tested', data: {}, metadata: { $correlationId: 'c-1' } }),
  );
  await store.client.appendToStream(`${category}-2`, events(2));
  const links = await linksOf(`$ce-${category}`, 3);
  assert.deepEqual(links.map(dataOf), [`0@${category}-1`, `0@${category}-2`, `1@${category}-2`]);
  assert.deepEqual(
    links.map(({ event }) => [event!.type, event!.isJson, Number(event!.revision), event!.streamId]),
    [0, 1, 2].map((revision) => ['$>', false, revision, `$ce-${category}`]),
  );
  const { $o, $causedBy, $correlationId, $v, $c, $p } = metadataOf(links[0]!);
  assert.deepEqual([$o, $causedBy, $correlationId], [`${category}-1`, id, 'c-1']);
  assert.match(String($v), /^3:/);
  assert.equal($c, $p);
});

test('$ce-: streams without a category have no links, and case is preserved', async () => {
  const category = newCategory();
  const upper = category.toUpperCase();
  for (const stream of [category, `-${category}`, `${category}-`, `${upper}-1`]) {
    await store.client.appendToStream(stream, event());
  }
  assert.deepEqual((await linksOf(`$ce-${category}`, 1)).map(dataOf), [`0@${category}-`]);
  assert.deepEqual((await linksOf(`$ce-${upper}`, 1)).map(dataOf), [`0@${upper}-1`]);
});

test('$et-: has a link for each event of a type', async () => {
  const type = `Type${newCategory()}`;
  await store.client.appendToStream(`${type}a-1`, events(2, type));
  await store.client.appendToStream(`nodash${type}`, event(type));
  const links = await linksOf(`$et-${type}`, 3);
  assert.deepEqual(links.map(dataOf), [`0@${type}a-1`, `1@${type}a-1`, `0@nodash${type}`]);
  assert.match(String(metadataOf(links[0]!).$v), /^4:/);
  assert.equal(metadataOf(links[0]!).$o, undefined);
  await linksOf('$et-$metadata', 0);
});

test('$ce-: resolves links to their events; a removed event comes without one', async () => {
  const category = newCategory();
  await store.client.appendToStream(`${category}-1`, events(2));
  await store.client.appendToStream(`${category}-2`, event());
  await linksOf(`$ce-${category}`, 3);
  await store.client.tombstoneStream(`${category}-2`);
  const links = await linksOf(`$ce-${category}`, 4, true);
  assert.deepEqual(
    links.map(({ event, link }) => [event?.streamId, Number(link!.revision)]),
    [
      [`${category}-1`, 0],
      [`${category}-1`, 1],
      [undefined, 2],
      [undefined, 3],
    ],
  );
});

test('$ce-: marks soft deletions and tombstones', async () => {
  const category = newCategory();
  await store.client.appendToStream(`${category}-1`, event());
  await store.client.appendToStream(`${category}-2`, event());
  await store.client.deleteStream(`${category}-1`);
  await store.client.tombstoneStream(`${category}-2`);
  const links = (await linksOf(`$ce-${category}`, 4)).slice(2);
  assert.deepEqual(links.map(dataOf), [`0@$$${category}-1`, `9223372036854775807@${category}-2`]);
  assert.deepEqual(
    links.map((link) => [metadataOf(link).$deleted, metadataOf(link).$o]),
    [
      [-1, `${category}-1`],
      [-1, `${category}-2`],
    ],
  );
});

test('$ce-: can be read backwards, and from a revision', async () => {
  const category = newCategory();
  const stream = `$ce-${category}`;
  await store.client.appendToStream(`${category}-1`, events(5));
  await linksOf(stream, 5);
  const revisions = async (options: object) =>
    ((await collect(store.client.readStream(stream, options))) as ResolvedEvent[]).map(({ event }) =>
      Number(event!.revision),
    );
  assert.deepEqual(await revisions({ direction: BACKWARDS, fromRevision: END, maxCount: 2 }), [4, 3]);
  assert.deepEqual(await revisions({ fromRevision: 3n }), [3, 4]);
});

test('$ce-: a subscription receives history and live links', async () => {
  const category = newCategory();
  await store.client.appendToStream(`${category}-1`, events(2));
  const subscription = store.client.subscribeToStream(`$ce-${category}`, { fromRevision: START, resolveLinkTos: true });
  let appended = false;
  const heard = await listen(subscription, (log) => {
    const seen = eventsOf(log).length;
    if (seen === 2 && !appended) {
      appended = true;
      store.client.appendToStream(`${category}-2`, event('Live')).catch(() => {});
    }
    return seen === 3;
  });
  assert.deepEqual(
    eventsOf(heard).map(({ event }) => event!.streamId),
    [`${category}-1`, `${category}-1`, `${category}-2`],
  );
});

test('$ce-: supports persistent subscriptions', async () => {
  const category = newCategory();
  const stream = `$ce-${category}`;
  await store.client.createPersistentSubscriptionToStream(
    stream,
    'g',
    persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START, resolveLinkTos: true }),
  );
  await store.client.appendToStream(`${category}-1`, events(2));
  const subscription = store.client.subscribeToPersistentSubscriptionToStream(stream, 'g');
  const seen: string[] = [];
  for await (const resolved of subscription) {
    seen.push(resolved.event!.streamId);
    await subscription.ack(resolved);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, [`${category}-1`, `${category}-1`]);
  await subscription.unsubscribe();
});
