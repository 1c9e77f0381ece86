import { type Client, Pool } from 'pg';
import { pinSession } from '../../../platform/database/session-settings.ts';
import { isDatabaseAway, StorageUnavailableError } from './errors.ts';
import { copyOut } from './reading/copy-out.ts';
import { createReader } from './reading/reader.ts';
import { createRecentEvents } from './reading/recent-events.ts';
import { resolveLinks } from './reading/resolve-links.ts';
import { createWaiters } from './reading/waiters.ts';
import { createScavenger } from './scavenge.ts';
import { quoteIdentifier } from './schema.ts';
import type { EventStorage } from './types.ts';
import { createHeads } from './writing/heads.ts';
import { createRecentIds } from './writing/recent-ids.ts';
import { createWriter } from './writing/writer.ts';
import { type Log, openWriterConnection } from './writing/writer-connection.ts';

export type StorageOptions = {
  databaseUrl: string;
  schema: string;
  startTimeoutMs: number;
  /** How many bytes of the most recently committed events are kept in memory. */
  recentBytes: number;
  /** How long PostgreSQL may take to connect or to answer a query before the caller gets UNAVAILABLE. */
  readTimeoutMs: number;
  log: Log;
};

const rememberedIds = 100_000;
const keptHeads = 50_000;
const readConnections = 6;
const lookUpConnections = 2;

const openPool = ({ databaseUrl, readTimeoutMs, log }: StorageOptions, name: string, max: number): Pool => {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: name,
    max,
    keepAlive: true,
    // Also how long a read waits for a connection when all are busy.
    connectionTimeoutMillis: readTimeoutMs,
    // A frozen PostgreSQL on a machine that still responds would otherwise hold its callers forever.
    query_timeout: readTimeoutMs,
    allowExitOnIdle: true,
    // The pool waits for it, and closes a connection that cannot be pinned: it would return wrong results.
    onConnect: pinSession,
  });
  pool.on('error', (error) => log('warn', `an idle connection to PostgreSQL was lost: ${error.message}`));
  pool.on('connect', (client) => {
    // Without a listener on the client itself, losing it while it is checked out would end the process.
    client.on('error', () => {});
  });
  return pool;
};

/**
 * Opens the storage: connects, takes the schema's lock, migrates, and finds the head. Rejects with SchemaInUseError when
 * another server uses the schema, and with the error of `pg` when PostgreSQL cannot be reached within `startTimeoutMs`.
 */
export const openStorage = async (options: StorageOptions): Promise<EventStorage> => {
  const { databaseUrl, log } = options;
  const schema = quoteIdentifier(options.schema);
  // Appends look up streams through their own connections, so that no number of reads can delay them.
  const pool = openPool(options, 'eventstore reader', readConnections);
  const lookUpPool = openPool(options, 'eventstore look-up', lookUpConnections);

  const closePools = () => Promise.allSettled([pool.end(), lookUpPool.end()]);

  const heads = createHeads({ pool: lookUpPool, schema, capacity: keptHeads });
  const recent = createRecentEvents(options.recentBytes);
  const recentIds = createRecentIds(rememberedIds);
  const waiters = createWaiters();
  const reader = createReader({ pool, schema, recent });
  let resetWriter: ((head: number) => void) | undefined;

  const loadState = async (client: Client): Promise<void> => {
    const { rows } = await client.query<{ head: string; streams: string; types: number }>(
      `SELECT coalesce((SELECT max(position) FROM ${schema}.events), 0) AS head,
         coalesce((SELECT max(id) FROM ${schema}.streams), 0) AS streams,
         coalesce((SELECT max(id) FROM ${schema}.event_types), 0) AS types`,
    );
    const head = Number(rows[0]!.head);
    heads.reset(Number(rows[0]!.streams) + 1, rows[0]!.types + 1);
    const [row] = await copyOut(
      client,
      `SELECT string_agg(uuid_send(event_id) || int8send(stream_id) || int8send(revision) || int8send(position), '' ORDER BY position)
       FROM ${schema}.events WHERE position > ${head - rememberedIds}`,
    );
    const ids = row?.[0] ?? Buffer.alloc(0);
    recentIds.clear();
    for (let at = 0; at < ids.length; at += 40) {
      const numberAt = (place: number) => Number(ids.readBigInt64BE(at + place));
      recentIds.add(ids.subarray(at, at + 16), numberAt(16), numberAt(24), numberAt(32));
    }
    // What is in memory is still valid, unless a transaction was committed without our learning of it.
    if (head !== recent.head()) recent.reset(head);
    resetWriter?.(head);
    waiters.wakeEverybody();
  };

  const connection = await openWriterConnection({
    databaseUrl,
    schema: options.schema,
    startTimeoutMs: options.startTimeoutMs,
    onReady: loadState,
    log,
  }).catch(async (error) => {
    await closePools();
    throw error;
  });

  const writer = createWriter({
    pool: lookUpPool,
    schema,
    connection,
    heads,
    recentIds,
    onCommitted(group) {
      recent.add(group);
      waiters.wakeFor(group);
    },
  });
  resetWriter = writer.reset;
  writer.reset(recent.head());
  const scavenger = createScavenger({ pool, schema });

  /** Turns errors that mean "PostgreSQL is down" into a StorageUnavailableError. */
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new StorageUnavailableError(`PostgreSQL is not available: ${(error as Error).message}`, { cause: error });
    }
  };

  return {
    head: recent.head,
    append: (command) => guarded(writer.append(command)),
    delete: (command) => guarded(writer.delete(command)),
    readAll: (query) => guarded(reader.readAll(query)),
    readStream: (query) => guarded(reader.readStream(query)),
    resolveLinks: (frames) => guarded(resolveLinks(frames, reader.readTargets)),
    async waitForAll(after, signal) {
      if (recent.head() <= after) await waiters.forAll(signal);
    },
    async waitForStream(stream, after, signal) {
      // Start waiting before looking, so that no commit can slip in between.
      const woken = waiters.forStream(stream, signal);
      if (!heads.get(stream)) await guarded(heads.load([stream]));
      const head = heads.get(stream);
      const committed = head !== undefined && head.lastRevision > after && head.decidedAt <= recent.head();
      if (!committed) await woken;
    },
    async scavenge() {
      const result = await guarded(scavenger.run());
      // Removed events must not be served from memory; readers that are behind continue from the database.
      if (result.removed > 0) recent.reset(recent.head());
      return result;
    },
    async close() {
      waiters.wakeEverybody();
      scavenger.stop();
      await connection.close();
      await closePools();
    },
  };
};
