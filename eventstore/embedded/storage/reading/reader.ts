import type { Pool, PoolClient } from 'pg';
import { bytes, isBookkeepingSql } from '../bookkeeping.ts';
import { int64 as int } from '../int64.ts';
import type { AllPage, EventFilter, Position, ReadAllQuery } from '../types.ts';
import { createFramesReader, type FramesPage, nothing } from './frames-page.ts';
import { keepStreams } from './keep-streams.ts';
import { createPageSize, pageBytes } from './page-size.ts';
import type { RecentEvents } from './recent-events.ts';
import { createStreamReader } from './stream-reader.ts';

// How many positions a filtered read considers per query. PostgreSQL skips some 3 million unwanted events a second.
const filterWindow = 20_000;

/** From which share of matching events on it is cheaper to read all than to look up the name of each. */
const worthReading = 0.4;

const empty = Buffer.alloc(0);

const withClient = async <T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let failed: Error | undefined;
  try {
    return await use(client);
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
};

/** Reads pages of stored frames. */
export const createReader = (options: { pool: Pool; schema: string; recent: RecentEvents }) => {
  const { pool, schema, recent } = options;
  // Found by an index of its own, once per query; usually there are none.
  const forAll = `stream_id <> ALL(ARRAY(SELECT id FROM ${schema}.streams WHERE ${isBookkeepingSql('name')}))`;

  const pages = createPageSize();
  const readFrames = createFramesReader(schema, pages);

  // The latest condition for each filter: the pages of one window share it.
  const windows = new WeakMap<EventFilter, { low: Position; high: Position; condition: string }>();

  /**
   * An SQL condition for the events that this filter matches within these positions, by the ids of the names that occur
   * there: those that match or those that do not, whichever are fewer.
   */
  const conditionFor = async (
    client: PoolClient,
    filter: EventFilter,
    low: Position,
    high: Position,
  ): Promise<string> => {
    const known = windows.get(filter);
    if (known && low >= known.low && high <= known.high) return known.condition;
    const [column, table] = filter.on === 'stream' ? ['stream_id', 'streams'] : ['type_id', 'event_types'];
    const { rows } = await client.query<{ id: string | number; name: Buffer }>(
      `SELECT t.id, t.name FROM (SELECT DISTINCT ${column} AS id FROM ${schema}.events WHERE position BETWEEN $1 AND $2) e
       JOIN ${schema}.${table} t USING (id)`,
      [low, high],
    );
    const verdicts = filter.matches(rows.map((row) => row.name.toString('utf8')));
    const idsWhere = (verdict: boolean) =>
      rows.filter((_, i) => verdicts[i] === verdict).map((row) => int(Number(row.id)));
    const [wanted, unwanted] = [idsWhere(true), idsWhere(false)];
    const condition =
      wanted.length <= unwanted.length
        ? `${column} = ANY('{${wanted.join()}}')`
        : unwanted.length === 0
          ? 'true'
          : `${column} <> ALL('{${unwanted.join()}}')`;
    windows.set(filter, { low, high, condition });
    return condition;
  };

  /**
   * Looks up the name of each event by its id, so that the query ends with a full page. Finding the window's matching
   * streams first would scan all of it for every page (60,000 of 100,000 events: 8 s; this way as fast as without a filter).
   */
  const beginsWithOneOf = (prefixes: readonly string[], column: 'stream_id' | 'type_id'): string => {
    const begins = prefixes.map((prefix) => `substring(t.name FOR ${Buffer.byteLength(prefix)}) = ${bytes(prefix)}`);
    const table = column === 'stream_id' ? 'streams' : 'event_types';
    return `(SELECT ${begins.join(' OR ') || 'false'} FROM ${schema}.${table} t WHERE t.id = ${column})`;
  };

  /** For each filter by streams, how many of the events that it considered lately have matched, 0 to 1. */
  const shares = new WeakMap<EventFilter, number>();

  const noteShare = (filter: EventFilter, matched: number, considered: number): void => {
    if (considered > 0) shares.set(filter, 0.7 * (shares.get(filter) ?? 1) + 0.3 * (matched / considered));
  };

  /** Reads all events and drops those that do not match: half the work where most do. */
  const readAndDrop = async (
    client: PoolClient,
    query: ReadAllQuery,
    filter: EventFilter,
    prefixes: readonly string[],
    to: Position,
  ): Promise<FramesPage> => {
    const forwards = query.direction === 'forwards';
    const range = forwards ? `position BETWEEN ${int(query.from)} AND ${int(to)}` : `position <= ${int(query.from)}`;
    const page = await readFrames(client, `${range} AND ${forAll}`, forwards ? 'ASC' : 'DESC', query.limit);
    const kept = keepStreams(
      page.frames,
      prefixes.map((prefix) => Buffer.from(prefix)),
    );
    noteShare(filter, kept.count, page.count);
    return { ...page, ...kept, last: page.cut ? page.last : forwards ? to : 1 };
  };

  const readAllFiltered = async (client: PoolClient, query: ReadAllQuery, filter: EventFilter, to: Position) => {
    const { on, prefixes } = filter;
    // (Not for a reader that wants few events: it would get even fewer.)
    if (prefixes && on === 'stream' && query.limit >= 1_000 && (shares.get(filter) ?? 1) >= worthReading) {
      return readAndDrop(client, query, filter, prefixes, to);
    }
    const forwards = query.direction === 'forwards';
    const window = windows.get(filter);
    const inside = window !== undefined && query.from >= window.low && query.from <= window.high;
    const low = forwards ? query.from : inside ? window.low : Math.max(1, query.from - filterWindow + 1);
    const high = forwards ? Math.min(to, inside ? window.high : query.from + filterWindow - 1) : query.from;
    const bound = forwards ? high : low;
    const wanted = prefixes
      ? beginsWithOneOf(prefixes, on === 'stream' ? 'stream_id' : 'type_id')
      : await conditionFor(client, filter, low, high);
    if (wanted.endsWith("ANY('{}')")) return { ...nothing, last: bound };
    const where = `position BETWEEN ${int(low)} AND ${int(high)} AND ${wanted} AND ${forAll}`;
    const page = await readFrames(client, where, forwards ? 'ASC' : 'DESC', query.limit);
    // A page that was not cut short covers the whole window.
    const last = page.cut ? page.last : bound;
    noteShare(filter, page.count, Math.abs(last - query.from) + 1);
    return { ...page, last };
  };

  const readAll = async (query: ReadAllQuery): Promise<AllPage> => {
    const head = recent.head();
    const forwards = query.direction === 'forwards';
    const to = Math.min(query.to ?? head, head);
    const from = forwards ? Math.max(1, query.from) : Math.min(query.from, head);
    if (query.limit <= 0 || (forwards ? from > to : from < 1)) {
      const last = Math.max(0, forwards ? from - 1 : 0);
      return { frames: empty, count: 0, considered: 0, last, next: from, end: true, hasLinks: false };
    }
    if (forwards && recent.covers(from)) return recent.read(from, to, query.limit, pageBytes, query.filter);

    const page = await withClient(pool, async (client) => {
      if (query.filter) return readAllFiltered(client, { ...query, from }, query.filter, to);
      const range = forwards ? `position BETWEEN ${int(from)} AND ${int(to)}` : `position <= ${int(from)}`;
      const where = `${range} AND ${forAll}`;
      const read = await readFrames(client, where, forwards ? 'ASC' : 'DESC', query.limit);
      return read.count === 0 ? { ...read, last: forwards ? to : 1 } : read;
    });
    const next = forwards ? page.last + 1 : page.last - 1;
    return {
      frames: page.frames,
      count: page.count,
      considered: query.filter ? Math.abs(page.last - from) + 1 : page.count,
      last: page.last,
      next,
      end: forwards ? next > to : next < 1,
      hasLinks: page.hasLinks,
    };
  };

  return { readAll, ...createStreamReader({ pool, schema, pages }) };
};
