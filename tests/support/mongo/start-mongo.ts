import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb-legacy';

/** Where tests/support/mongo/install.sh puts the servers. */
export const installed = fileURLToPath(new URL('../../../node_modules/.cache/test-mongo', import.meta.url));

export const isMongoInstalled = existsSync(`${installed}/TestMongo.class`);

export type After = { after(work: () => unknown): void };

export type TestMongo = {
  /** `mongodb://127.0.0.1:port/legacy` */
  readonly url: string;
  readonly port: number;
  /** A client of the server, to write what the old CRM would. */
  readonly client: MongoClient;
  /** Kills the server, as a crash would. */
  kill(): void;
};

/**
 * A fresh, empty MongoDB-compatible server in memory, on loopback, that ends with the test. It speaks the protocol of MongoDB
 * 4.2 (wire version 8), without sessions and transactions.
 *
 * @param options.changeStreams as a member of a replica set has them
 */
export const startMongo = (t: After, { memory = '256m', changeStreams = false } = {}): Promise<TestMongo> => {
  const flags = changeStreams ? ['change-streams'] : [];
  const java = [`-Xmx${memory}`, '-cp', `${installed}:${installed}/lib/*`, 'TestMongo', ...flags];
  return started(t, spawn('java', java, { stdio }));
};

export const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];

export const started = async (t: After, server: ChildProcess): Promise<TestMongo> => {
  t.after(() => server.kill('SIGKILL'));
  const port = await firstNumber(server);
  const url = `mongodb://127.0.0.1:${port}/legacy`;
  const client = await MongoClient.connect(url, { retryWrites: false });
  t.after(() => client.close());
  return { url, port, client, kill: () => void server.kill('SIGKILL') };
};

const firstNumber = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the MongoDB test server ended with ${code} before it listened`)));
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(Number(line)));
  });
