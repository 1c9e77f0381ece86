import type { TestContext } from 'node:test';
import { BSON } from 'mongodb-legacy';
import { proxyBefore } from './proxy.ts';

/** A command of MongoDB's protocol, as `{ find: 'contacts', filter: … }`. */
export type Command = Readonly<Record<string, unknown>>;

/**
 * What happens to a command instead of reaching the server: an error with this code, no answer, or a dropped
 * (`reset`: broken) connection.
 * `hang up after`: it reaches the server, which carries it out, and the connection is dropped before the answer.
 */
export type Trouble =
  | { readonly code: number; readonly errmsg: string }
  | 'silence'
  | 'hang up'
  | 'reset'
  | 'hang up after'
  | undefined;

const messageOpcode = 2013;

/**
 * A proxy before a MongoDB-compatible server that reads the protocol: `trouble` decides for each command whether it
 * reaches the server. It does what test servers cannot: users, elections, expired cursors.
 */
export const intercepting = async (
  t: TestContext,
  url: string,
  trouble: (command: Command) => Trouble | Promise<Trouble>,
  onAnswer: (bytes: number) => void = () => {},
): Promise<string> =>
  await proxyBefore(t, url, (client, server) => {
    server.on('data', (chunk) => onAnswer(chunk.length));
    server.pipe(client);
    let received = Buffer.alloc(0);
    let before = Promise.resolve();
    const pass = async (message: Buffer) => {
      const command = commandIn(message);
      const wanted = command === undefined ? undefined : await trouble(command);
      if (wanted === 'hang up after') {
        server.unpipe(client);
        server.once('data', () => client.destroy()).resume();
      }
      if (wanted === undefined || wanted === 'hang up after') server.write(message);
      else if (wanted === 'hang up') client.destroy();
      else if (wanted === 'reset') client.resetAndDestroy();
      else if (wanted !== 'silence') client.write(answer(message.readInt32LE(4), { ok: 0, ...wanted }));
    };
    client.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 16 && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        before = before.then(() => pass(message));
      }
    });
  });

const commandIn = (message: Buffer): Command | undefined => {
  // Header, flags, and the kind of the first section; a kind other than 0 is no command.
  if (message.readInt32LE(12) !== messageOpcode || message[20] !== 0) return undefined;
  return BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21)));
};

const answer = (to: number, document: object): Buffer => {
  const body = BSON.serialize(document);
  const header = Buffer.alloc(21);
  header.writeInt32LE(21 + body.length, 0);
  header.writeInt32LE(to, 8);
  header.writeInt32LE(messageOpcode, 12);
  return Buffer.concat([header, body]);
};
