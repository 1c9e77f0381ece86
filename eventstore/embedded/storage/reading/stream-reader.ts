import type { Pool } from 'pg';
import { byteaArray } from '../binary-array.ts';
import { int64 } from '../int64.ts';
import { LINK_TYPE_ID } from '../schema.ts';
import { isMetastream, originalsOf } from '../stream-metadata.ts';
import { type ReadStreamQuery, type StreamPage, TOMBSTONE_REVISION } from '../types.ts';
import { type PageSize, pageBytes } from './page-size.ts';

const empty = Buffer.alloc(0);
const tombstone = int64(TOMBSTONE_REVISION);

/** The first revision that the limits of stream `s` leave readable. For a metadata stream that is the last one. */
const firstReadable = (last: string): string =>
  `CASE WHEN substring(s.name FOR 2) = '$$'::bytea THEN ${last}
    ELSE greatest(coalesce(s.truncate_before, 0), coalesce(${last} - s.max_count + 1, 0)) END`;

type StreamRow = {
  last_revision: string | null;
  first_readable: string | null;
  seen: string;
  count: string;
  last: string | null;
  has_links: boolean | null;
  frames: Buffer | null;
};

/** Reads pages of single streams, and the targets of links. */
export const createStreamReader = ({ pool, schema, pages }: { pool: Pool; schema: string; pages: PageSize }) => {
  /**
   * One query for a page of a stream and everything else needed: its last revision, and the first that its limits
   * leave readable. It is prepared, because most streams are short and read in one go, by commands that wait for it; that
   * makes up for the frames arriving as hexadecimal digits.
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
          ${firstReadable('e.revision')} AS first_readable,
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

  /** A metadata stream is closed along with its stream. */
  const isAnyTombstoned = async (streams: readonly string[]): Promise<boolean> => {
    const { rowCount } = await pool.query(
      `SELECT FROM unnest($1::bytea[]) w(name) JOIN ${schema}.streams s ON s.name = w.name
       JOIN ${schema}.events e ON e.stream_id = s.id AND e.revision = ${tombstone}`,
      [byteaArray(streams.map((stream) => Buffer.from(stream, 'utf8')))],
    );
    return rowCount !== 0;
  };

  const readStream = async ({ stream, direction, from, limit }: ReadStreamQuery): Promise<StreamPage> => {
    const most = Math.max(0, Math.min(limit, pages.likelyEvents()));
    const { rows } = await pool.query<StreamRow>({
      name: `stream-${direction}`,
      text: streamQueries[direction],
      values: [Buffer.from(stream, 'utf8'), int64(Math.min(from, TOMBSTONE_REVISION)), most],
    });
    const row = rows[0];
    if (isMetastream(stream) && (await isAnyTombstoned(originalsOf(stream)))) return { found: 'tombstoned' };
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
    pages.learn(row.frames.length / count);
    const next = Number(row.last) + (direction === 'forwards' ? 1 : -1);
    const end = direction === 'forwards' ? next > lastRevision : next < first;
    return { found: 'yes', frames: row.frames, count, next, end, hasLinks: row.has_links === true, lastRevision };
  };

  /** The frames of single events, by stream and revision, if they exist and their stream's limits leave them readable. */
  const readTargets = async (
    targets: readonly { stream: string; revision: number }[],
  ): Promise<(Buffer | undefined)[]> => {
    const { rows } = await pool.query<{ n: number; frame: Buffer }>(
      `SELECT w.n::int AS n, e.frame
       FROM unnest($1::bytea[], $2::int8[]) WITH ORDINALITY w(name, revision, n)
       JOIN ${schema}.streams s ON s.name = w.name
       CROSS JOIN LATERAL (
         SELECT revision FROM ${schema}.events WHERE stream_id = s.id ORDER BY revision DESC LIMIT 1
       ) l
       JOIN ${schema}.events e ON e.stream_id = s.id AND e.revision = w.revision
       WHERE l.revision <> ${tombstone} AND w.revision >= ${firstReadable('l.revision')}
         AND (s.max_age_ms IS NULL OR e.created_ms >= (extract(epoch FROM now()) * 1000)::int8 - s.max_age_ms)`,
      [byteaArray(targets.map((t) => Buffer.from(t.stream, 'utf8'))), targets.map((t) => int64(t.revision))],
    );
    const frames: (Buffer | undefined)[] = targets.map(() => undefined);
    for (const row of rows) frames[row.n - 1] = row.frame;
    return frames;
  };

  return { readStream, readTargets };
};
