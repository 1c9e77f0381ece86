import type { Pool, PoolClient } from 'pg';
import { byteaArray } from './binary-array.ts';
import { bytes, isBookkeepingSql } from './bookkeeping.ts';
import { copyOut } from './copy-out.ts';
import type { RecentEvents } from './recent-events.ts';
import { LINK_TYPE_ID } from './schema.ts';
import {
  type AllPage,
  type EventFilter,
  type Position,
  type ReadAllQuery,
  type ReadStreamQuery,
  type StreamPage,
  TOMBSTONE_REVISION,
} from './types.ts';

// Pages of at most this many events and bytes: a reader holds two or three of them, whatever the size of the events.
const maxPageEvents = 1000;
const pageBytes = 128 * 1024;
// How many positions a filtered read looks at with one query. PostgreSQL skips some 3 million unwanted events a second.
const filterWindow = 20_000;

const empty = Buffer.alloc(0);

type FramesPage = {
  frames: Buffer;
  count: number;
  /** The position of the last event in the page; 0 when it is empty. */
  last: number;
  /** True when more events may match than are in the page. */
  cut: boolean;
  hasLinks: boolean;
};

const nothing: FramesPage = { frames: empty, count: 0, last: 0, cut: false, hasLinks: false };

/** `COPY` takes no parameters, so what goes into its query must be a whole number. */
const int = (value: number): string => {
  if (value >= TOMBSTONE_REVISION) return '9223372036854775807';
  if (!Number.isFinite(value) || Math.floor(value) !== value) throw new Error(`not a whole number: ${value}`);
  return BigInt(value).toString();
};

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
  // Found by an index of their own, once a query: mostly there are none.
  const forAll = `stream_id <> ALL(ARRAY(SELECT id FROM ${schema}.streams WHERE ${isBookkeepingSql('name')}))`;

  // How many events are likely to fill a page: PostgreSQL should not look at more than it will send.
  let likelyEvents = 200;
  const learn = (bytesPerEvent: number) => {
    likelyEvents = Math.max(20, Math.min(maxPageEvents, Math.ceil((1.1 * pageBytes) / bytesPerEvent)));
  };

  /**
   * The frames of these events of `$all`, as one buffer that PostgreSQL puts together: up to `pageBytes`, but at
   * least one. (A row for each event cost three times as much here. The aggregates take the rows as the window function
   * gives them, which is in order; sorting them once more cost a fifth.)
   */
  const readFrames = async (
    client: PoolClient,
    where: string,
    order: 'ASC' | 'DESC',
    wanted: number,
  ): Promise<FramesPage> => {
    const limit = Math.min(wanted, likelyEvents);
    if (limit <= 0) return nothing;
    const fits = `FILTER (WHERE total <= ${pageBytes} OR n = 1)`;
    const rows = await copyOut(
      client,
      `SELECT count(*), count(*) ${fits}, ${order === 'ASC' ? 'max' : 'min'}(position) ${fits},
         bool_or(type_id = ${LINK_TYPE_ID}) ${fits}, string_agg(frame, ''::bytea) ${fits}
       FROM (
         SELECT position, type_id, frame, row_number() OVER w AS n, sum(octet_length(frame)) OVER w AS total
         FROM (SELECT position, type_id, frame FROM ${schema}.events WHERE ${where} ORDER BY position ${order} LIMIT ${int(limit)}) e
         WINDOW w AS (ORDER BY position ${order} ROWS UNBOUNDED PRECEDING)
       ) p`,
    );
    const [seenBytes, countBytes, last, hasLinks, frames] = rows[0]!;
    const seen = Number(seenBytes!.readBigInt64BE(0));
    const count = Number(countBytes!.readBigInt64BE(0));
    if (count === 0 || !frames || !last) return nothing;
    learn(frames.length / count);
    return {
      count,
      last: Number(last.readBigInt64BE(0)),
      cut: count < seen || seen >= limit,
      hasLinks: hasLinks?.[0] === 1,
      frames,
    };
  };

  // What was last found out for a filter: the pages of one window share it.
  const windows = new WeakMap<EventFilter, { low: Position; high: Position; condition: string }>();

  /**
   * An SQL condition for what this filter wants within these positions, by the ids of the names that occur there: of those
   * wanted or those not, whichever are fewer.
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
   * Looks each event's name up by its id. So the query ends with a full page, where finding out first which streams of the
   * window are wanted would look at all of it, once for every page (60,000 of 100,000 events: 8 s; so: as fast as without a filter).
   */
  const beginsWithOneOf = (prefixes: readonly string[], column: 'stream_id' | 'type_id'): string => {
    const begins = prefixes.map((prefix) => `substring(t.name FOR ${Buffer.byteLength(prefix)}) = ${bytes(prefix)}`);
    const table = column === 'stream_id' ? 'streams' : 'event_types';
    return `(SELECT ${begins.join(' OR ') || 'false'} FROM ${schema}.${table} t WHERE t.id = ${column})`;
  };

  const readAllFiltered = async (client: PoolClient, query: ReadAllQuery, filter: EventFilter, to: Position) => {
    const forwards = query.direction === 'forwards';
    const window = windows.get(filter);
    const inside = window !== undefined && query.from >= window.low && query.from <= window.high;
    const low = forwards ? query.from : inside ? window.low : Math.max(1, query.from - filterWindow + 1);
    const high = forwards ? Math.min(to, inside ? window.high : query.from + filterWindow - 1) : query.from;
    const bound = forwards ? high : low;
    const wanted = filter.prefixes
      ? beginsWithOneOf(filter.prefixes, filter.on === 'stream' ? 'stream_id' : 'type_id')
      : await conditionFor(client, filter, low, high);
    if (wanted.endsWith("ANY('{}')")) return { ...nothing, last: bound };
    const where = `position BETWEEN ${int(low)} AND ${int(high)} AND ${wanted} AND ${forAll}`;
    const page = await readFrames(client, where, forwards ? 'ASC' : 'DESC', query.limit);
    // A page that was not cut short has looked at the whole window.
    return page.cut ? page : { ...page, last: bound };
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

  type StreamRow = {
    last_revision: string | null;
    first_readable: string | null;
    seen: string;
    count: string;
    last: string | null;
    has_links: boolean | null;
    frames: Buffer | null;
  };

  /**
   * One query for a page of a stream and all there is to know about it: its last revision, and the first that its limits
   * leave readable. It is prepared, because most streams are short and read in one go, by commands that wait for it; that
   * makes up for the frames coming as hexadecimal digits.
   */
  const streamQuery = (direction: 'forwards' | 'backwards'): string => {
    const order = direction === 'forwards' ? 'ASC' : 'DESC';
    const range =
      direction === 'forwards'
        ? 'revision >= greatest($2::int8, s.first_readable)'
        : 'revision >= s.first_readable AND revision <= $2::int8';
    const fits = `FILTER (WHERE total <= ${pageBytes} OR n = 1)`;
    return `SELECT s.last_revision, s.first_readable, p.*
      FROM (
        SELECT s.id, e.revision AS last_revision,
          -- The metadata of a stream is its last metadata event; older ones are not readable.
          CASE WHEN substring(s.name FOR 2) = '$$'::bytea THEN e.revision
            ELSE greatest(coalesce(s.truncate_before, 0), coalesce(e.revision - s.max_count + 1, 0)) END AS first_readable,
          (extract(epoch FROM now()) * 1000)::int8 - s.max_age_ms AS oldest_ms
        FROM ${schema}.streams s
        LEFT JOIN LATERAL (
          SELECT revision FROM ${schema}.events WHERE stream_id = s.id ORDER BY revision DESC LIMIT 1
        ) e ON true
        WHERE s.name = $1
      ) s
      CROSS JOIN LATERAL (
        SELECT count(*) AS seen, count(*) ${fits} AS count, ${order === 'ASC' ? 'max' : 'min'}(key) ${fits} AS last,
          bool_or(type_id = ${LINK_TYPE_ID}) ${fits} AS has_links, string_agg(frame, ''::bytea) ${fits} AS frames
        FROM (
          SELECT revision AS key, type_id, frame, row_number() OVER w AS n, sum(octet_length(frame)) OVER w AS total
          FROM (
            SELECT revision, type_id, frame FROM ${schema}.events
            WHERE stream_id = s.id AND ${range} AND (s.oldest_ms IS NULL OR created_ms >= s.oldest_ms)
            ORDER BY revision ${order} LIMIT $3
          ) e
          WINDOW w AS (ORDER BY revision ${order} ROWS UNBOUNDED PRECEDING)
        ) p
      ) p`;
  };
  const streamQueries = { forwards: streamQuery('forwards'), backwards: streamQuery('backwards') };

  const readStream = async ({ stream, direction, from, limit }: ReadStreamQuery): Promise<StreamPage> => {
    const most = Math.max(0, Math.min(limit, likelyEvents));
    const { rows } = await pool.query<StreamRow>({
      name: `stream-${direction}`,
      text: streamQueries[direction],
      values: [Buffer.from(stream, 'utf8'), int(Math.min(from, TOMBSTONE_REVISION)), most],
    });
    const row = rows[0];
    if (!row || row.last_revision === null) return { found: 'missing', lastRevision: -1 };
    const lastRevision = Number(row.last_revision);
    if (lastRevision >= TOMBSTONE_REVISION) return { found: 'tombstoned' };
    const first = Number(row.first_readable);
    if (first >= TOMBSTONE_REVISION) return { found: 'missing', lastRevision };
    const count = Number(row.count);
    if (count === 0 || !row.frames) {
      const next = direction === 'forwards' ? Math.max(from, lastRevision + 1) : -1;
      return { found: 'yes', frames: empty, count: 0, next, end: true, hasLinks: false, lastRevision };
    }
    learn(row.frames.length / count);
    const next = Number(row.last) + (direction === 'forwards' ? 1 : -1);
    const end = direction === 'forwards' ? next > lastRevision : next < first;
    return { found: 'yes', frames: row.frames, count, next, end, hasLinks: row.has_links === true, lastRevision };
  };

  /** The frames of single events, by stream and revision, where they (still) exist and are readable. */
  const readTargets = async (
    targets: readonly { stream: string; revision: number }[],
  ): Promise<(Buffer | undefined)[]> => {
    const { rows } = await pool.query<{ n: number; frame: Buffer }>(
      `SELECT w.n::int AS n, e.frame
       FROM unnest($1::bytea[], $2::int8[]) WITH ORDINALITY w(name, revision, n)
       JOIN ${schema}.streams s ON s.name = w.name
       JOIN ${schema}.events e ON e.stream_id = s.id AND e.revision = w.revision
       WHERE w.revision >= coalesce(s.truncate_before, 0)
         AND NOT EXISTS (SELECT 1 FROM ${schema}.events t WHERE t.stream_id = s.id AND t.revision = 9223372036854775807)`,
      [byteaArray(targets.map((t) => Buffer.from(t.stream, 'utf8'))), targets.map((t) => int(t.revision))],
    );
    const frames: (Buffer | undefined)[] = targets.map(() => undefined);
    for (const row of rows) frames[row.n - 1] = row.frame;
    return frames;
  };

  return { readAll, readStream, readTargets };
};

export type Reader = ReturnType<typeof createReader>;
