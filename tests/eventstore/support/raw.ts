import { readFileSync } from 'node:fs';
import { type CallOptions, Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { testAccess } from '../../support/event-store/test-event-store.ts';

/** The methods of the server, by streaming mode. */
export const methods = {
  unary: [
    'streams.Streams/Delete',
    'streams.Streams/Tombstone',
    'persistent_subscriptions.PersistentSubscriptions/Create',
    'persistent_subscriptions.PersistentSubscriptions/Update',
    'persistent_subscriptions.PersistentSubscriptions/Delete',
    'persistent_subscriptions.PersistentSubscriptions/GetInfo',
    'persistent_subscriptions.PersistentSubscriptions/ReplayParked',
    'persistent_subscriptions.PersistentSubscriptions/List',
  ],
  /** One request, any number of responses. */
  serverStream: ['streams.Streams/Read'],
  clientStream: ['streams.Streams/Append'],
  bidi: ['streams.Streams/BatchAppend', 'persistent_subscriptions.PersistentSubscriptions/Read'],
} as const;

export type RawAnswer = { code: status; details: string; messages: Buffer[] };

const bytes = (buffer: Buffer): Buffer => buffer;

/** A client that sends and receives raw bytes, so that it can misbehave. */
export const rawClient = (port: number, { insecure = false } = {}) => {
  const { userName, password, certificateFile } = testAccess();
  const basic = `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
  const authorized = () => {
    const metadata = new Metadata();
    metadata.set('authorization', basic);
    return metadata;
  };
  const client = new Client(
    `127.0.0.1:${port}`,
    insecure ? credentials.createInsecure() : credentials.createSsl(readFileSync(certificateFile)),
    {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    },
  );
  const path = (method: string) => `/event_store.client.${method}`;
  const answer = (error: ServiceError | null, messages: Buffer[]): RawAnswer =>
    error ? { code: error.code, details: error.details, messages } : { code: status.OK, details: '', messages };

  const run = (method: string, metadata: Metadata, options: CallOptions, sent: readonly Buffer[]): Promise<RawAnswer> =>
    new Promise((resolve) => {
      const call = client.makeBidiStreamRequest(path(method), bytes, bytes, metadata, options);
      const messages: Buffer[] = [];
      call.on('data', (message: Buffer) => messages.push(message));
      call.on('error', (error: ServiceError) => resolve(answer(error, messages)));
      call.on('end', () => resolve(answer(null, messages)));
      for (const message of sent) call.write(message);
      call.end();
    });

  return {
    client,
    /** Sends the messages, half-closes, and waits for the end of the call. */
    call: (method: string, ...sent: Buffer[]): Promise<RawAnswer> =>
      run(method, authorized(), { deadline: Date.now() + 10_000 }, sent),
    /** Like `call`, but with a deadline that only the server enforces. */
    callFor: (ms: number, method: string, ...sent: Buffer[]): Promise<RawAnswer> => {
      const metadata = authorized();
      metadata.set('grpc-timeout', `${ms}m`);
      return run(method, metadata, {}, sent);
    },
    /** A call that stays open. */
    open: (method: string) => {
      const call = client.makeBidiStreamRequest(path(method), bytes, bytes, authorized());
      call.on('error', () => {});
      return call;
    },
    close: () => client.close(),
  };
};

export type RawClient = ReturnType<typeof rawClient>;
