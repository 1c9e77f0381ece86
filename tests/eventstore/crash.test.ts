import { strict as assert } from 'node:assert';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EventStoreDBClient, jsonEvent, START, StreamNotFoundError, streamNameFilter } from '@eventstore/db-client';
import { testsUseRealEventStore } from '../support/event-store/real-event-store.ts';
import { eventStoreProcess } from '../support/event-store/test-event-store.ts';
import type { EventStoreProcess } from '../support/event-store/types.ts';
import { type TestPostgres, testPostgres } from '../support/postgres/test-postgres.ts';
import { until } from '../support/until.ts';
import { streamSettings } from './support/persistent.ts';
import { collect, sleep, within } from './support/wait.ts';

/**
 * Kills (-9) server and PostgreSQL at random moments under load. Set `CRASH_ROUNDS=50` for a long run.
 */
const rounds = Number(process.env.CRASH_ROUNDS ?? 3);
const writerCount = 6;
const prefix = 'crash-';
const group = 'workers';

const folder = mkdtempSync(join(tmpdir(), 'openhouse-crash-'));
let postgres: TestPostgres;
let server: EventStoreProcess;

before(async () => {
  postgres = await testPostgres({ folder, durable: true });
  server = await eventStoreProcess(postgres.url);
});
after(async () => {
  await server.close();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

const connect = (): EventStoreDBClient =>
  EventStoreDBClient.connectionString([server.url] as unknown as TemplateStringsArray);

/** Retries until it works, like a client whose server is down. */
const insist = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 600) throw error;
      await sleep(50);
    }
  }
};

const readIds = async (client: EventStoreDBClient, stream: string): Promise<string[]> => {
  const ids: string[] = [];
  try {
    for await (const { event } of client.readStream(stream)) {
      assert.equal(Number(event!.revision), ids.length, `${stream} has a gap`);
      ids.push(event!.id);
    }
  } catch (error) {
    if (error instanceof StreamNotFoundError) return [];
    throw error;
  }
  return ids;
};

type Writer = { stream: string; acknowledged: string[]; appends: number; failures: number; running: Promise<void> };

/**
 * Appends to its own stream with exact revisions, retrying an append (same ids, same revision) until it is
 * acknowledged. After each failure it checks the stream: everything acknowledged, and of the pending append all or nothing.
 */
const startWriter = (client: EventStoreDBClient, stream: string, stopped: () => boolean): Writer => {
  const writer: Writer = { stream, acknowledged: [], appends: 0, failures: 0, running: Promise.resolve() };
  const run = async () => {
    while (!stopped()) {
      const events = Array.from({ length: randomInt(1, 6) }, () =>
        jsonEvent({ type: 'Crash', data: { filler: 'x'.repeat(randomInt(10, 2000)) } }),
      );
      const ids = events.map(({ id }) => id);
      const first = writer.acknowledged.length;
      const expectedRevision = first === 0 ? ('no_stream' as const) : BigInt(first - 1);
      for (;;) {
        try {
          const appending = client.appendToStream(stream, events, { expectedRevision, deadline: 5_000 });
          const result = await within(10_000, 'an answer, even a late one', appending);
          assert.equal(Number(result.nextExpectedRevision), first + ids.length - 1);
          break;
        } catch (error) {
          assert.ok(!(error instanceof assert.AssertionError), String(error));
          writer.failures++;
          const there = await insist(() => readIds(client, stream));
          const rest = there.slice(first);
          assert.deepEqual(there.slice(0, first), writer.acknowledged, 'what was acknowledged is there');
          assert.ok(rest.length === 0 || rest.length === ids.length, `${rest.length} of ${ids.length} are there`);
          await sleep(20);
        }
      }
      writer.acknowledged.push(...ids);
      writer.appends++;
    }
  };
  writer.running = run();
  return writer;
};

/** Follows `$all`, resuming from the last position it received whenever the subscription ends. */
const startFollower = (stopped: () => boolean) => {
  const heard: string[] = [];
  const run = async () => {
    let position: { commit: bigint; prepare: bigint } | typeof START = START;
    const client = connect();
    while (!stopped()) {
      const subscription = client.subscribeToAll({
        fromPosition: position,
        filter: streamNameFilter({ prefixes: [prefix] }),
      });
      const stopping = setInterval(() => stopped() && subscription.unsubscribe(), 20);
      try {
        for await (const { event } of subscription) {
          heard.push(event!.id);
          position = event!.position!;
        }
      } catch {
        await sleep(50);
      } finally {
        clearInterval(stopping);
      }
    }
    await client.dispose();
  };
  return { heard, running: run() };
};

/** A consumer of a persistent subscription that reconnects whenever it is dropped. */
const startConsumer = (stream: string, stopped: () => boolean) => {
  const handled = new Set<string>();
  const run = async () => {
    const client = connect();
    while (!stopped()) {
      const subscription = client.subscribeToPersistentSubscriptionToStream(stream, group);
      const stopping = setInterval(() => stopped() && subscription.unsubscribe(), 20);
      try {
        for await (const resolved of subscription) {
          handled.add(resolved.event!.id);
          await subscription.ack(resolved);
        }
      } catch {
        await sleep(50);
      } finally {
        clearInterval(stopping);
      }
    }
    await client.dispose();
  };
  return { handled, running: run() };
};

const restartPostgres = async (): Promise<void> => {
  // The backends of a killed postmaster end a moment later; until then a new one is refused.
  postgres = await insist(() => testPostgres({ folder, preferredPort: postgres.port, durable: true }));
};

const crash = async (what: 'server' | 'postgres' | 'both'): Promise<void> => {
  if (what !== 'server') await postgres.kill();
  if (what !== 'postgres') await server.kill();
  await sleep(randomInt(0, 300));
  if (what !== 'server') await restartPostgres();
  if (what !== 'postgres') {
    const { port } = server;
    server = await insist(() => eventStoreProcess(postgres.url, { port }));
  }
};

test(`loses nothing that was acknowledged when killed ${rounds} times under load`, {
  timeout: 30 * 60_000,
}, async () => {
  let over = false;
  const stopped = () => over;
  const client = connect();
  const streams = Array.from({ length: writerCount }, () => `${prefix}${randomUUID()}`);
  await client.createPersistentSubscriptionToStream(streams[0]!, group, streamSettings());
  // One client for all writers: @eventstore/db-client 6.2.1 keeps the open batch appends of all clients of a process in one
  // map, and when one client's call fails it drops those of all others too.
  const writers = streams.map((stream) => startWriter(client, stream, stopped));
  const follower = startFollower(stopped);
  const consumer = startConsumer(streams[0]!, stopped);
  const failed = Promise.all([...writers.map(({ running }) => running), follower.running, consumer.running]);
  failed.catch(() => {
    over = true;
  });

  for (let round = 0; round < rounds; round++) {
    await sleep(randomInt(50, 600));
    // A real node keeps nothing in PostgreSQL.
    await crash(testsUseRealEventStore ? 'server' : (['server', 'postgres', 'both'] as const)[round % 3]!);
    const before = writers.map(({ appends }) => appends);
    await Promise.race([
      failed,
      until(
        `every writer to continue after crash ${round}`,
        () => writers.every((w, i) => w.appends > before[i]!),
        60_000,
      ),
    ]);
  }
  over = true;
  await failed;

  const total = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
  assert.ok(
    writers.some(({ failures }) => failures > 0),
    'the crashes were felt',
  );
  for (const { stream, acknowledged } of writers) assert.deepEqual(await readIds(client, stream), acknowledged);
  const all = (await collect(client.readAll({ fromPosition: START })))
    .filter(({ event }) => event?.streamId.startsWith(prefix))
    .map(({ event }) => event!.id);
  assert.equal(all.length, total, '$all holds every acknowledged event once, and no other');
  assert.equal(new Set(all).size, total);

  // The followers only have to catch up now.
  over = false;
  const rest = startFollower(stopped);
  const lastConsumer = startConsumer(streams[0]!, stopped);
  await until('a new follower to receive everything', () => rest.heard.length >= total);
  await until('the consumers to process everything', () =>
    writers[0]!.acknowledged.every((id) => consumer.handled.has(id) || lastConsumer.handled.has(id)),
  );
  over = true;
  await Promise.all([rest.running, lastConsumer.running]);
  assert.deepEqual(rest.heard, all);
  assert.deepEqual(follower.heard, all.slice(0, follower.heard.length), 'the follower missed and repeated nothing');
  assert.ok(follower.heard.length > 0);
  await client.dispose();
});
