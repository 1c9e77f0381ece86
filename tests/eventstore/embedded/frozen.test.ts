import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { BACKWARDS, DeadlineExceededError, END, EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { type EmbeddedEventStore, startEmbeddedEventStore } from '../../../eventstore/embedded/server.ts';
import { type TestPostgres, testPostgres } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { events, newStream, seed } from '../support/event-store.ts';
import { streamSettings } from '../support/persistent.ts';
import { rawClient } from '../support/raw.ts';
import { collect, rejection, within } from '../support/wait.ts';

let postgres: TestPostgres;
let server: EmbeddedEventStore;
let client: EventStoreDBClient;

before(async () => {
  postgres = await testPostgres();
  server = await startEmbeddedEventStore({ databaseUrl: postgres.url, readTimeoutMs: 2_000 });
  client = EventStoreDBClient.connectionString([server.connectionString] as unknown as TemplateStringsArray);
});
after(async () => {
  await client.dispose();
  await server.close();
  await postgres.close();
});

/** Signals PostgreSQL's processes: it forks one for each connection. */
const signal = (name: 'STOP' | 'CONT'): void => {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postgres.pid)], { encoding: 'utf8' });
  for (const pid of [postgres.pid, ...children.split('\n').filter(Boolean).map(Number)])
    process.kill(pid, `SIG${name}`);
};

const readRequest = (s: string): Buffer => {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(s));
  const stream = new streams.ReadReq.Options.StreamOptions();
  stream.setStreamIdentifier(identifier);
  stream.setStart(new shared.Empty());
  const options = new streams.ReadReq.Options();
  options.setStream(stream);
  options.setCount('10');
  options.setNoFilter(new shared.Empty());
  const request = new streams.ReadReq();
  request.setOptions(options);
  return Buffer.from(request.serializeBinary());
};

test('when PostgreSQL freezes, calls end at their deadline or soon without one, and recover afterwards', async () => {
  const s = await seed(client, newStream(), 3);
  const raw = rawClient(server.port, { insecure: true });
  const deadline = { deadline: 1000 };
  const credentials = { username: 'admin', password: 'changeit' };
  signal('STOP');
  try {
    const calls = {
      append: () => client.appendToStream(s, events(1), deadline),
      'unary append': () => client.appendToStream(s, events(1), { ...deadline, credentials }),
      delete: () => client.deleteStream(newStream(), deadline),
      'a new group': () => client.createPersistentSubscriptionToStream(s, 'g', streamSettings(), deadline),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await within(60_000, name, rejection(call()));
      assert.ok(error instanceof DeadlineExceededError, `${name}: ${error}`);
    }
    const read = await within(
      60_000,
      'a read with a deadline',
      raw.callFor(1000, 'streams.Streams/Read', readRequest(s)),
    );
    assert.equal(read.code, status.DEADLINE_EXCEEDED);
    // The Node client sets no deadline on its reads.
    const reads = [
      () => collect(client.readStream(s)),
      () => collect(client.readAll({ direction: BACKWARDS, fromPosition: END })),
    ];
    for (const read of reads) {
      const error = await within(20_000, 'a read', rejection(read()));
      assert.ok(error instanceof UnavailableError, String(error));
    }
  } finally {
    signal('CONT');
  }
  await until('appends to work again', () =>
    client.appendToStream(s, events(1)).then(
      () => true,
      () => false,
    ),
  );
  assert.ok((await collect(client.readStream(s))).length >= 4);
  raw.close();
});
