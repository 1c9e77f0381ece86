import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { serialize } from 'bson';
import { BSON } from 'mongodb-legacy';
import type { TestMongo } from '../../support/mongo-server.ts';
import type { Documents } from './dump.ts';

/** Writes documents into the old CRM's database. */
export const insert = async ({ client }: TestMongo, documents: Documents): Promise<void> => {
  for (const [name, found] of Object.entries(documents)) {
    if (found.length > 0) await client.db().collection(name).insertMany(found.map(inItsTypes));
  }
};

/** The tests' documents are written with another version of BSON than the driver's, which refuses its types. */
const inItsTypes = (document: object): object => BSON.deserialize(serialize(document), { promoteValues: false });

/** A proxy before a server that drops every connection after some bytes of answers, so long as `drops` are left. */
export const dropping = async (t: TestContext, url: string, afterBytes: number, drops: number) => {
  const target = new URL(url);
  const port = Number(target.port);
  let dropped = 0;
  const open = new Set<Socket>();
  const proxy: Server = createServer((client) => {
    const server = connect(port, target.hostname);
    let bytes = 0;
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > afterBytes && dropped < drops) {
        dropped++;
        client.destroy();
      } else client.write(chunk);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  target.port = String((proxy.address() as { port: number }).port);
  return { url: String(target), dropped: () => dropped };
};
