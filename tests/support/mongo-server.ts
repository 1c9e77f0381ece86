import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb-legacy';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

const installed = fileURLToPath(new URL('../../node_modules/.cache/test-mongo', import.meta.url));

/** Options of a test that needs a MongoDB-compatible server. Without one it is skipped, and says how to run it. */
export const withMongo = existsSync(`${installed}/TestMongo.class`)
  ? {}
  : { skip: 'there is no MongoDB-compatible test server: run tests/support/mongo/install.sh, then this test again' };

type After = { after(work: () => unknown): void };

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
 * 4.2 (wire version 8), without sessions, transactions and change streams.
 */
export const startMongo = (t: After): Promise<TestMongo> =>
  started(t, spawn('java', ['-Xmx256m', '-cp', `${installed}:${installed}/lib/*`, 'TestMongo'], { stdio }));

/**
 * A fresh, empty database on a server that all tests of a file share: starting one for each would take most of their time.
 * For tests that do not disturb the server.
 */
export const sharedMongo = async (): Promise<TestMongo> => {
  shared ??= startMongo({ after: (work) => void atEnd.unshift(work) });
  const server = await shared;
  const url = server.url.replace('/legacy', `/legacy${++databases}`);
  const client = await MongoClient.connect(url, { retryWrites: false });
  atEnd.unshift(() => client.close());
  return { ...server, url, client };
};
let shared: Promise<TestMongo> | undefined;
let databases = 0;
const atEnd: (() => unknown)[] = [];
// Of the file, rather than of the test that happens to be first.
after(async () => {
  for (const work of atEnd) await work();
});

/**
 * A fresh, empty FerretDB, likewise. It speaks the protocol of MongoDB 7.0 (wire version 21), so the current driver is
 * used. It refuses NaN, Decimal128, dotted keys and nested lists.
 */
const startFerret = (t: After): Promise<TestMongo> => {
  const folder = makeTemporaryFolder();
  t.after(() => removeFolder(folder));
  return started(t, spawn(`${installed}/ferretdb`, [folder], { stdio }));
};

const stdio: ['pipe', 'pipe', 'ignore'] = ['pipe', 'pipe', 'ignore'];

const started = async (t: After, server: ChildProcess): Promise<TestMongo> => {
  t.after(() => server.kill('SIGKILL'));
  const port = await firstNumber(server);
  const url = `mongodb://127.0.0.1:${port}/legacy`;
  const client = await MongoClient.connect(url, { retryWrites: false });
  t.after(() => client.close());
  return { url, port, client, kill: () => void server.kill('SIGKILL') };
};

/** Both servers: nothing may depend on what only one of them does. */
const mongoServers = [
  { name: 'mongo-java-server', options: withMongo, start: startMongo },
  {
    name: 'FerretDB',
    options: existsSync(`${installed}/ferretdb`)
      ? {}
      : { skip: 'FerretDB is not built: install Go, run tests/support/mongo/install.sh, then this test again' },
    start: startFerret,
  },
];

/** A test that runs on both servers. */
export const testOnBoth = (title: string, work: (t: TestContext, start: typeof startMongo) => Promise<void>): void => {
  for (const { name, options, start } of mongoServers) test(`${title} (${name})`, options, (t) => work(t, start));
};

const firstNumber = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the MongoDB test server ended with ${code} before it listened`)));
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(Number(line)));
  });
