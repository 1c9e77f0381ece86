import type { Pool, PoolClient } from 'pg';
import { byteaArray } from './binary-array.ts';
import { isBookkeepingSql } from './bookkeeping.ts';
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
  /** The key of the last event in the page; 0 when it is empty. */
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

  /**
   * The frames of these events in order of `key`, as one buffer that PostgreSQL puts together: up to `pageBytes`, but at
   * least one. (A row for each event cost three times as much here. The aggregates take the rows as the window function
   * gives them, which is in order; sorting them once more cost a fifth.)
   */
  const readFrames = async (
    client: PoolClient,
    key: 'position' | 'revision',
    where: string,
    order: 'ASC' | 'DESC',
    wanted: number,
  ): Promise<FramesPage> => {
    const limit = Math.min(wanted, likelyEvents);
    if (limit <= 0) return nothing;
    const fits = `FILTER (WHERE total <= ${pageBytes} OR n = 1)`;
    const rows = await copyOut(
      client,
      `SELECT count(*), count(*) ${fits}, ${order === 'ASC' ? 'max' : 'min'}(key) ${fits},
         bool_or(type_id = ${LINK_TYPE_ID}) ${fits}, string_agg(frame, ''::bytea) ${fits}
       FROM (
         SELECT ${key} AS key, type_id, frame, row_number() OVER w AS n, sum(octet_length(frame)) OVER w AS total
         FROM (SELECT ${key}, type_id, frame FROM ${schema}.events WHERE ${where} ORDER BY ${key} ${order} LIMIT ${int(limit)}) e
         WINDOW w AS (ORDER BY ${key} ${order} ROWS UNBOUNDED PRECEDING)
       ) p`,
    );
    const [seenBytes, countBytes, last, hasLinks, frames] = rows[0]!;
    const seen = Number(seenBytes!.readBigInt64BE(0));
    const count = Number(countBytes!.readBigInt64BE(0));
    if (count === 0 || !frames || !last) return nothing;
    const averageBytes = frames.length / count;
    likelyEvents = Math.max(20, Math.min(maxPageEvents, Math.ceil((1.1 * pageBytes) / averageBytes)));
    return {
      count,
      last: Number(last.readBigInt64BE(0)),
      cut: count < seen || seen >= limit,
      hasLinks: hasLinks?.[0] === 1,
      frames,
    };
  };

  /** The ids in this column, within these positions, whose names the filter wants. */
  const wantedIds = async (
    client: PoolClient,
    filter: EventFilter,
    low: Position,
    high: Position,
  ): Promise<number[]> => {
    const [column, table] = filter.on === 'stream' ? ['stream_id', 'streams'] : ['type_id', 'event_types'];
    const { rows } = await client.query<{ id: string | number; name: Buffer }>(
      `SELECT t.id, t.name FROM (SELECT DISTINCT ${column} AS id FROM ${schema}.events WHERE position BETWEEN $1 AND $2) e
       JOIN ${schema}.${table} t USING (id)`,
      [low, high],
    );
    const verdicts = filter.matches(rows.map((row) => row.name.toString('utf8')));
    return rows.filter((_, i) => verdicts[i]).map((row) => Number(row.id));
  };

  const readAllFiltered = async (client: PoolClient, query: ReadAllQuery, filter: EventFilter, to: Position) => {
    const forwards = query.direction === 'forwards';
    const low = forwards ? query.from : Math.max(1, query.from - filterWindow + 1);
    const high = forwards ? Math.min(to, query.from + filterWindow - 1) : query.from;
    const ids = await wantedIds(client, filter, low, high);
    const bound = forwards ? high : low;
    if (ids.length === 0) return { ...nothing, last: bound };
    const column = filter.on === 'stream' ? 'stream_id' : 'type_id';
    const where = `position BETWEEN ${int(low)} AND ${int(high)} AND ${column} = ANY('{${ids.map(int).join()}}') AND ${forAll}`;
    const page = await readFrames(client, 'position', where, forwards ? 'ASC' : 'DESC', query.limit);
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
      const read = await readFrames(client, 'position', where, forwards ? 'ASC' : 'DESC', query.limit);
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

  type StreamInfo = {
    id: string;
    last_revision: string | null;
    first_readable: string | null;
    oldest_ms: string | null;
  };

  /** What is readable of a stream: its last revision, the first one its limits leave, and the age beyond which nothing is. */
  const streamInfo = async (client: PoolClient, stream: string): Promise<StreamInfo | undefined> => {
    const { rows } = await client.query<StreamInfo>({
      name: 'stream',
      text: `SELECT s.id, e.revision AS last_revision,
               greatest(coalesce(s.truncate_before, 0), coalesce(e.revision - s.max_count + 1, 0)) AS first_readable,
               (extract(epoch FROM now()) * 1000)::bigint - s.max_age_ms AS oldest_ms
             FROM ${schema}.streams s
             LEFT JOIN LATERAL (SELECT revision FROM ${schema}.events WHERE stream_id = s.id ORDER BY revision DESC LIMIT 1) e ON true
             WHERE s.name = $1`,
      values: [Buffer.from(stream, 'utf8')],
    });
    return rows[0];
  };

  const readStream = async (query: ReadStreamQuery): Promise<StreamPage> =>
    withClient(pool, async (client) => {
      const info = await streamInfo(client, query.stream);
      if (!info || info.last_revision === null) return { found: 'missing', lastRevision: -1 };
      const lastRevision = Number(info.last_revision);
      if (lastRevision >= TOMBSTONE_REVISION) return { found: 'tombstoned' };
      // The metadata of a stream is its last metadata event; older ones are not readable.
      const first = query.stream.startsWith('$$') ? lastRevision : Number(info.first_readable);
      if (first >= TOMBSTONE_REVISION) return { found: 'missing', lastRevision };
      const forwards = query.direction === 'forwards';
      const from = forwards ? Math.max(query.from, first) : Math.min(query.from, lastRevision);
      const isEmpty = query.limit <= 0 || (forwards ? from > lastRevision : from < first);
      const range = forwards ? `revision >= ${int(from)}` : `revision BETWEEN ${int(first)} AND ${int(from)}`;
      const age = info.oldest_ms === null ? '' : ` AND created_ms >= ${int(Number(info.oldest_ms))}`;
      const where = `stream_id = ${int(Number(info.id))} AND ${range}${age}`;
      const page = isEmpty
        ? nothing
        : await readFrames(client, 'revision', where, forwards ? 'ASC' : 'DESC', query.limit);
      const next =
        page.count === 0 ? (forwards ? Math.max(from, lastRevision + 1) : -1) : page.last + (forwards ? 1 : -1);
      const end = page.count === 0 || (forwards ? next > lastRevision : next < first);
      return { found: 'yes', frames: page.frames, count: page.count, next, end, hasLinks: page.hasLinks, lastRevision };
    });

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
