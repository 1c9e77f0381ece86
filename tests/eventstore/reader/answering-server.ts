import type { TestContext } from 'node:test';
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { connectEventStore } from '../../../eventstore/event-store.ts';

const bytes = (buffer: Buffer): Buffer => buffer;

export type Answer = ServerWritableStream<Buffer, Buffer>;

/** A server that answers reads as told, and one of our connections to it. */
export const answeringServer = async (t: Pick<TestContext, 'after'>, answer: (call: Answer) => void) => {
  const server = new Server();
  const read = {
    path: '/event_store.client.streams.Streams/Read',
    requestStream: false,
    responseStream: true,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService({ read }, { read: answer });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const store = connectEventStore(`esdb://127.0.0.1:${port}?tls=false`, { ms: 0 });
  t.after(async () => {
    await store.close();
    server.forceShutdown();
  });
  return store;
};
