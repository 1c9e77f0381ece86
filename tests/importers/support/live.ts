import type { TestContext } from 'node:test';
import { serialize } from 'bson';
import { BSON } from 'mongodb-legacy';
import type { TestMongo } from '../../support/mongo/start-mongo.ts';
import type { Documents } from './dump.ts';
import { proxyBefore } from './proxy.ts';

/** Writes documents into the old CRM's database. */
export const insert = async ({ client }: TestMongo, documents: Documents): Promise<void> => {
  for (const [name, found] of Object.entries(documents)) {
    if (found.length > 0) await client.db().collection(name).insertMany(found.map(inItsTypes));
  }
};

/** The tests' documents are written with another version of BSON than the driver's, which refuses its types. */
const inItsTypes = (document: object): object =>
  BSON.deserialize(serialize(document), { promoteValues: false, bsonRegExp: true });

/** A proxy before a server that drops every connection after some bytes of answers, so long as `drops` are left. */
export const dropping = async (t: TestContext, url: string, afterBytes: number, drops: number) => {
  let dropped = 0;
  const through = await proxyBefore(t, url, (client, server) => {
    let bytes = 0;
    client.pipe(server);
    server.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > afterBytes && dropped < drops) {
        dropped++;
        client.destroy();
      } else client.write(chunk);
    });
  });
  return { url: through, dropped: () => dropped };
};
