import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import { MongoClient } from 'mongodb-legacy';
import {
  type After,
  installed,
  isMongoInstalled,
  started,
  startMongo,
  stdio,
  type TestMongo,
} from './mongo/start-mongo.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** Options of a test that needs a MongoDB-compatible server. Without one it is skipped, and says how to run it. */
export const withMongo = isMongoInstalled
  ? {}
  : { skip: 'there is no MongoDB-compatible test server: run tests/support/mongo/install.sh, then this test again' };

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
