import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { connectEventStore } from '../../../eventstore/event-store.ts';
import { eventsOf } from '../../../eventstore/reader/reader.ts';
import { embeddedEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';

test('a filter by prefixes finds the same events where most, few or no events match, in both directions', async (t) => {
  const database = await testDatabase();
  const first = await embeddedEventStore(database.url);
  const writer = connectEventStore(first.url);
  const { client } = await writer.connection.node();
  // Long stretches in which the share of matching events is another one, so that the server changes how it reads.
  const nameAt = (n: number) =>
    n < 2_000
      ? n % 10 === 0
        ? 'other'
        : 'wanted'
      : n < 5_000
        ? n % 500 === 0
          ? 'wanted'
          : 'other'
        : ['wanted', 'other'][n % 2];
  for (let n = 0; n < 7_000; ) {
    const name = nameAt(n);
    const run = [n];
    while (run.length < 200 && n + run.length < 7_000 && nameAt(n + run.length) === name) run.push(n + run.length);
    await client.appendToStream(
      `${name}-${n % 7}`,
      run.map((number) => jsonEvent({ type: 'Counted', data: { number } })),
    );
    n += run.length;
  }
  await writer.close();
  await first.close();
  // What was appended just now would be read from memory.
  const server = await embeddedEventStore(database.url);
  const store = connectEventStore(server.url);
  t.after(async () => {
    await store.close();
    await server.close();
    await database.drop();
  });
  const { reader } = await store.connection.node();
  const numbers = async (prefixes: readonly string[], backwards: boolean, count = Number.MAX_SAFE_INTEGER) => {
    const from = backwards ? 'end' : 'start';
    const filter = { prefixes, checkpointEvery: 32 };
    const read = await eventsOf(reader, { stream: '$all', from, backwards, count, filter });
    return read.map(({ event }) => (event!.data as { number: number }).number);
  };
  const all = Array.from({ length: 7_000 }, (_, n) => n);
  for (const [prefixes, name] of [
    [['wanted-'], 'wanted'],
    [['other-', 'more-'], 'other'],
  ] as const) {
    const expected = all.filter((n) => nameAt(n) === name);
    assert.deepEqual(await numbers(prefixes, false), expected);
    assert.deepEqual(await numbers(prefixes, true), expected.toReversed());
    assert.deepEqual(await numbers(prefixes, false, 2_100), expected.slice(0, 2_100));
    assert.deepEqual(await numbers(prefixes, true, 30), expected.slice(-30).toReversed());
  }
  assert.deepEqual(await numbers(['none-'], false), []);
});
