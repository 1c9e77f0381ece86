import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventStoreDBClient, StreamDeletedError } from '@eventstore/db-client';
import { type EmbeddedEventStore, startEmbeddedEventStore } from '../../../eventstore/embedded/server.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { event, events, newStream } from '../support/event-store.ts';

describe('scavenge', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let server: EmbeddedEventStore;
  let client: EventStoreDBClient;

  before(async () => {
    database = await testDatabase();
    server = await startEmbeddedEventStore({ databaseUrl: database.url, scavengeIntervalMs: 0 });
    client = EventStoreDBClient.connectionString([server.connectionString] as unknown as TemplateStringsArray);
  });
  after(async () => {
    await client.dispose();
    await server.close();
    await database.drop();
  });

  /** The revisions of a stream that `$all` still has. */
  const stored = async (stream: string): Promise<number[]> => {
    const revisions: number[] = [];
    for await (const { event: recorded } of client.readAll()) {
      if (recorded?.streamId === stream) revisions.push(Number(recorded.revision));
    }
    return revisions;
  };
  const readable = async (stream: string): Promise<number[]> => {
    const revisions: number[] = [];
    for await (const { event: recorded } of client.readStream(stream)) revisions.push(Number(recorded!.revision));
    return revisions;
  };

  it('removes events hidden by $maxCount, and nothing readable', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(20));
    await client.setStreamMetadata(stream, { maxCount: 3 });
    assert.equal((await stored(stream)).length, 20);
    const { removed } = await server.scavenge();
    assert.equal(removed, 17);
    assert.deepEqual(await stored(stream), [17, 18, 19]);
    assert.deepEqual(await readable(stream), [17, 18, 19]);
    assert.deepEqual(await server.scavenge(), { removed: 0, bytes: 0, streams: 0 });
  });

  it('removes events hidden by $tb', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(5));
    await client.setStreamMetadata(stream, { truncateBefore: 2 });
    await server.scavenge();
    assert.deepEqual(await stored(stream), [2, 3, 4]);
  });

  it('removes events older than $maxAge, except for the last', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(3));
    await client.setStreamMetadata(stream, { maxAge: 1 });
    await until('the events to be too old', async () => (await readable(stream)).length === 0);
    await server.scavenge();
    assert.deepEqual(await stored(stream), [2]);
    const { nextExpectedRevision } = await client.appendToStream(stream, event(), { expectedRevision: 2n });
    assert.equal(nextExpectedRevision, 3n);
  });

  it('keeps the last event of a softly deleted stream, from which its revisions continue', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(4));
    await client.deleteStream(stream);
    await server.scavenge();
    assert.deepEqual(await stored(stream), [3]);
    await client.appendToStream(stream, event(), { expectedRevision: 'no_stream' });
    assert.deepEqual(await readable(stream), [4]);
  });

  it('keeps the tombstone of a tombstoned stream', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(4));
    await client.tombstoneStream(stream);
    await server.scavenge();
    assert.deepEqual(await stored(stream), [Number(2n ** 63n - 1n)]);
    await assert.rejects(client.appendToStream(stream, event()), StreamDeletedError);
  });

  it('removes superseded metadata', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(1));
    for (const maxCount of [10, 20, 30]) await client.setStreamMetadata(stream, { maxCount });
    await server.scavenge();
    assert.deepEqual(await stored(`$$${stream}`), [2]);
    assert.equal((await client.getStreamMetadata(stream)).metadata?.maxCount, 30);
  });

  it('lets a reader of $all resume from a removed position', async () => {
    const stream = newStream();
    const { position } = await client.appendToStream(stream, events(1));
    await client.appendToStream(stream, events(3));
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await server.scavenge();
    const seen: number[] = [];
    for await (const { event: recorded } of client.readAll({ fromPosition: position! })) {
      if (recorded?.streamId === stream) seen.push(Number(recorded.revision));
    }
    assert.deepEqual(seen, [3]);
  });
});
