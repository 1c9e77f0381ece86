import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { CancelledError, EventStoreDBClient, START } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status } from '@grpc/grpc-js';
import { embeddedEventStore } from '../../support/event-store/test-event-store.ts';
import { testDatabase } from '../../support/postgres/test-postgres.ts';
import { until } from '../../support/until.ts';
import { events, newStream, seed } from '../support/event-store.ts';
import { confirmed, endedBy, streamSettings } from '../support/persistent.ts';
import { rawClient } from '../support/raw.ts';
import { collect, within } from '../support/wait.ts';

const connect = (url: string): EventStoreDBClient =>
  EventStoreDBClient.connectionString([url] as unknown as TemplateStringsArray);

/** The first message of a unary append, before its events. */
const appendOptions = (stream: string): Buffer => {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  const options = new streams.AppendReq.Options();
  options.setStreamIdentifier(identifier);
  options.setAny(new shared.Empty());
  const request = new streams.AppendReq();
  request.setOptions(options);
  return Buffer.from(request.serializeBinary());
};

test('on shutdown, answers appends, and ends other calls with CANCELLED and a partial append with UNAVAILABLE', async () => {
  const database = await testDatabase();
  const server = await embeddedEventStore(database.url);
  const client = connect(server.url);
  const s = await seed(client, newStream(), 3);
  await client.createPersistentSubscriptionToStream(s, 'g', streamSettings());
  const persistent = client.subscribeToPersistentSubscriptionToStream(s, 'g');
  await confirmed(persistent);
  const dropped = endedBy(persistent);
  const subscription = client.subscribeToStream(s, { fromRevision: START });
  await new Promise((resolve) => subscription.once('caughtUp', resolve).resume());
  const cancelled = new Promise<Error>((resolve) => subscription.on('error', resolve));
  const raw = rawClient(server.port);
  const half = raw.open('streams.Streams/Append');
  const halfEnded = new Promise<{ code: number }>((resolve) => half.on('error', resolve));
  half.write(appendOptions(s));
  // Answered on the same connection, so the partial append has arrived as well.
  await raw.call('streams.Streams/Delete');
  const appends: Promise<'written' | Error>[] = [];
  const append = (): Promise<'written' | Error> =>
    client.appendToStream(s, events(1)).then(
      () => 'written',
      (error: Error) => error,
    );
  for (let i = 0; i < 50; i++) appends.push(append());
  await appends[0];
  const closing = server.close();
  const results = await within(60_000, 'all calls to end', Promise.all([cancelled, dropped, halfEnded]));
  assert.ok(results[0] instanceof CancelledError, String(results[0]));
  assert.match(String(results[1]), /was dropped/);
  assert.equal(results[2].code, status.UNAVAILABLE);
  const answers = await Promise.all(appends);
  await closing;
  for (const answer of answers) assert.ok(answer === 'written' || answer instanceof CancelledError, String(answer));

  const next = await embeddedEventStore(database.url, { port: server.port });
  const written = await until('the client to reconnect', () => collect(client.readStream(s)).catch(() => undefined));
  const answered = answers.filter((answer) => answer === 'written').length;
  assert.ok(written.length - 3 >= answered, `${answered} were acknowledged, ${written.length - 3} are stored`);
  raw.close();
  await client.dispose();
  await next.close();
  await database.drop();
});
