import type { Pool } from 'pg';
import type { ScavengeResult } from './types.ts';

// Streams looked at, and events removed, with one statement: short enough to get in nobody's way.
const streamsPerBatch = 200;
const eventsPerBatch = 5000;

/**
 * Removes what `$maxCount`, `$maxAge`, `$tb`, deletes and tombstones have made unreadable, and superseded metadata events. The last
 * event of a stream always stays, readable or not: it holds the stream's revision (and the head of `$all`).
 *
 * It works through the streams that have limits, metadata or a tombstone, a few at a time, in short statements, so that it
 * can be ended at any moment and never holds a lock for long. Readers of `$all` just find fewer events.
 */
export const createScavenger = ({ pool, schema }: { pool: Pool; schema: string }) => {
  let stopped = false;
  let running: Promise<ScavengeResult> | undefined;

  /** For a batch of streams, the first revision that must be kept (and for `$maxAge` the time). */
  const candidates = `
    SELECT s.id, last.revision AS last_revision,
      CASE WHEN last.revision = 9223372036854775807 OR substring(s.name FOR 2) = '$$'::bytea THEN last.revision
        ELSE least(last.revision, greatest(coalesce(s.truncate_before, 0), coalesce(last.revision - s.max_count + 1, 0)))
      END AS keep_from,
      (extract(epoch FROM now()) * 1000)::bigint - s.max_age_ms AS oldest_ms
    FROM (
      SELECT * FROM ${schema}.streams s
      WHERE s.id > $1 AND (
        s.max_count IS NOT NULL OR s.max_age_ms IS NOT NULL OR s.truncate_before IS NOT NULL
        OR substring(s.name FOR 2) = '$$'::bytea
        OR EXISTS (SELECT 1 FROM ${schema}.events t WHERE t.stream_id = s.id AND t.revision = 9223372036854775807)
      )
      ORDER BY s.id LIMIT ${streamsPerBatch}
    ) s
    LEFT JOIN LATERAL (SELECT revision FROM ${schema}.events WHERE stream_id = s.id ORDER BY revision DESC LIMIT 1) last ON true`;

  const removeBatch = async (
    after: number,
  ): Promise<{ removed: number; bytes: number; streams: number; next: number | undefined }> => {
    const { rows } = await pool.query<{
      id: string;
      last_revision: string | null;
      keep_from: string | null;
      oldest_ms: string | null;
    }>(`${candidates} ORDER BY s.id`, [after]);
    if (rows.length === 0) return { removed: 0, bytes: 0, streams: 0, next: undefined };
    const next = Number(rows.at(-1)!.id);
    let removed = 0;
    let bytes = 0;
    const touched = new Set<string>();
    for (;;) {
      if (stopped) return { removed, bytes, streams: touched.size, next: undefined };
      const { rows: gone } = await pool.query<{ stream_id: string; events: string; bytes: string }>(
        `WITH limits AS (SELECT * FROM unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) AS l(id, last_revision, keep_from, oldest_ms)),
         gone AS (
           DELETE FROM ${schema}.events WHERE position IN (
             SELECT e.position FROM limits l JOIN ${schema}.events e ON e.stream_id = l.id
             WHERE e.revision < l.last_revision AND (e.revision < l.keep_from OR e.created_ms < l.oldest_ms)
             LIMIT ${eventsPerBatch}
           ) RETURNING stream_id, octet_length(frame) AS size
         )
         SELECT stream_id, count(*) AS events, sum(size) AS bytes FROM gone GROUP BY stream_id`,
        [
          rows.map((row) => row.id),
          rows.map((row) => row.last_revision),
          rows.map((row) => row.keep_from),
          rows.map((row) => row.oldest_ms),
        ],
      );
      let inBatch = 0;
      for (const row of gone) {
        touched.add(row.stream_id);
        inBatch += Number(row.events);
        bytes += Number(row.bytes);
      }
      removed += inBatch;
      if (inBatch < eventsPerBatch) return { removed, bytes, streams: touched.size, next };
    }
  };

  const run = async (): Promise<ScavengeResult> => {
    const total: ScavengeResult = { removed: 0, bytes: 0, streams: 0 };
    for (let after: number | undefined = 0; after !== undefined && !stopped; ) {
      const batch = await removeBatch(after);
      total.removed += batch.removed;
      total.bytes += batch.bytes;
      total.streams += batch.streams;
      after = batch.next;
    }
    return total;
  };

  return {
    /** Runs once over everything; a second call while one is running gets the same answer. */
    run(): Promise<ScavengeResult> {
      running ??= run().finally(() => {
        running = undefined;
      });
      return running;
    },
    stop() {
      stopped = true;
    },
  };
};
