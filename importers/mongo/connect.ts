import { setTimeout as sleep } from 'node:timers/promises';
import type { Db, MongoClient, MongoClientOptions } from 'mongodb';
import { exitCodes, userError } from '../../platform/errors.ts';
import { shownUrl } from '../../platform/logging/shown-url.ts';
import { explainMongoError } from './explain-error.ts';

/** A connection to the old CRM's database. */
export type Mongo = {
  readonly db: Db;
  /**
   * The BSON types of the driver in use. Values in filters must be of these: a driver refuses those of another version.
   */
  readonly bson: typeof import('mongodb').BSON;
  /** The server's address and database, without a password, for people. */
  readonly shown: string;
  /** The same without user and settings: progress is recorded under this name, whoever reads it. */
  readonly source: string;
  /** The server's version. */
  readonly version: string;
  /** The server's clock, by which documents are dated. */
  readonly now: () => Promise<Date>;
  readonly close: () => Promise<void>;
};

/** What the address may say otherwise. */
export type ConnectOptions = {
  /** How long to look for the server, in ms. */
  readonly selectionMs?: number;
  /** The most connections that are open at once. */
  readonly connections?: number;
};

/** How long to wait for an answer, in ms. */
const answerMs = 120_000;

/** Whether this is the address of a MongoDB, rather than a folder. */
export const isMongoUrl = (source: string): boolean => /^mongodb(?:\+srv)?:\/\//i.test(source);

/**
 * Connects to a MongoDB of any version from 3.6 on, with the driver that speaks to it.
 * @throws UserError if it cannot be reached, refuses the user, or is too old
 */
export const connectMongo = async (url: string, options: ConnectOptions = {}): Promise<Mongo> => {
  const shown = shownUrl(url);
  try {
    return await connectTo(url, shown, options);
  } catch (error) {
    throw explainMongoError(error, shown) ?? error;
  }
};

const connectTo = async (url: string, shown: string, wanted: ConnectOptions): Promise<Mongo> => {
  const current = await import('mongodb');
  const options = optionsFor(url, wanted);
  const client = new current.MongoClient(url, options);
  const database = databaseIn(client, url, shown);
  const source = sourceOf(client);
  const tooOld = whenTooOld(client);
  try {
    const connected = client.connect().then(() => false);
    connected.catch(() => {}); // reported where it is awaited
    if (await Promise.race([connected, tooOld])) {
      await client.close();
      // Its types are the same where we use them, but its classes are not.
      const legacy = (await import('mongodb-legacy')) as unknown as typeof current;
      const old = new legacy.MongoClient(url, options);
      try {
        return await opened(await old.connect(), legacy.BSON, { database, shown, source });
      } catch (error) {
        await old.close();
        throw error;
      }
    }
    return await opened(client, current.BSON, { database, shown, source });
  } catch (error) {
    await client.close();
    throw error;
  }
};

/** Ours, unless the address says otherwise. */
const optionsFor = (url: string, { selectionMs = 10_000, connections = 4 }: ConnectOptions): MongoClientOptions => {
  const ours: MongoClientOptions = {
    appName: 'openhouse',
    serverSelectionTimeoutMS: selectionMs,
    connectTimeoutMS: selectionMs,
    socketTimeoutMS: answerMs,
    maxPoolSize: connections,
  };
  const said = new Set([...url.matchAll(/[?&]([^=&]+)=/g)].map(([, name]) => name!.toLowerCase()));
  return Object.fromEntries(Object.entries(ours).filter(([name]) => !said.has(name.toLowerCase())));
};

/** Resolves if the server is too old for the current driver, which would keep trying. */
const whenTooOld = (client: MongoClient): Promise<true> =>
  new Promise((resolve) => {
    client.on('serverHeartbeatFailed', ({ failure }) => {
      if (failure.name === 'MongoCompatibilityError' && /maximum wire version/.test(failure.message)) resolve(true);
    });
  });

type Names = { readonly database: string; readonly shown: string; readonly source: string };

const opened = async (client: MongoClient, bson: Mongo['bson'], names: Names): Promise<Mongo> => {
  const { database, shown, source } = names;
  const db = client.db(database);
  // `hello` is unknown to servers before 4.4.
  const hello = async () => await db.admin().command({ isMaster: 1 });
  await hello();
  const { version } = await db.admin().serverInfo();
  return {
    db,
    bson,
    shown,
    source,
    version: String(version),
    now: async () => new Date((await hello()).localTime ?? Date.now()),
    close: () => Promise.race([client.close(), sleep(2_000, undefined, { ref: false })]),
  };
};

const sourceOf = ({ options: { srvHost, hosts, dbName } }: MongoClient): string =>
  srvHost === undefined
    ? `mongodb://${hosts.map(String).sort().join(',')}/${dbName}`
    : `mongodb+srv://${srvHost}/${dbName}`;

/**
 * The name under which the progress of reading the database at this address is recorded; does not connect to it.
 * @throws UserError if it is not the address of a database
 */
export const mongoSource = async (url: string): Promise<string> => {
  const shown = shownUrl(url);
  try {
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient(url);
    databaseIn(client, url, shown);
    return sourceOf(client);
  } catch (error) {
    throw explainMongoError(error, shown) ?? error;
  }
};

/** The driver would silently read a database called `test`. */
const databaseIn = (client: MongoClient, url: string, shown: string): string => {
  const name = client.options.dbName;
  const path = /^[^?]*:\/\/[^/?]+\/(?<name>[^?]*)/.exec(url)?.groups?.name ?? '';
  if (path !== '') return name;
  throw userError(`${shown} does not name a database`, {
    code: 'mongo-no-database',
    exitCode: exitCodes.usage,
    hint: 'Add its name after the host: mongodb://host:27017/legacy.',
  });
};
