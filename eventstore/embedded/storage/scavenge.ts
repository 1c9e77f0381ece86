import type { Pool } from 'pg';
import type { ScavengeResult } from './types.ts';

// Streams considered and events removed per statement: short enough not to block anyone.
const streamsPerBatch = 200;
const eventsPerBatch = 5000;

const tombstoneRevision = '9223372036854775807';

/**
 * Removes events made unreadable by `$maxCount`, `$maxAge`, `$tb`, deletes and tombstones, and superseded metadata. The last
 * event of a stream always stays, readable or not: it holds the stream's revision (and the head of `$all`).
 *
 * Works through the streams with limits, metadata or a tombstone, a few at a time, in short statements, so that it
 * can be stopped at any moment and never holds a lock for long. Readers of `$all` simply find fewer events.
 */
export const createScavenger = ({ pool, schema }: { pool: Pool; schema: string }) => {
  let stopped = false;
  let running: Promise<ScavengeResult> | undefined;

  const nextStreams = `
    SELECT id FROM ${schema}.streams s
    WHERE id > $1 AND (
      max_count IS NOT NULL OR max_age_ms IS NOT NULL OR truncate_before IS NOT NULL
      OR substring(name FOR 2) = '$$'::bytea
      OR EXISTS (SELECT 1 FROM ${schema}.events t WHERE t.stream_id = s.id AND t.revision = ${tombstoneRevision})
    )
    ORDER BY id LIMIT ${streamsPerBatch}`;

  // What must stay is determined in the same snapshot that removes the rest: limits may be relaxed at any moment.
  const removeSome = `
    WITH kept AS (
      SELECT s.id, last.revision AS last_revision,
        CASE WHEN last.revision = ${tombstoneRevision} OR substring(s.name FOR 2) = '$$'::bytea THEN last.revision
          ELSE greatest(coalesce(s.truncate_before, 0), coalesce(last.revision - s.max_count + 1, 0))
        END AS first_revision,
        (extract(epoch FROM now()) * 1000)::bigint - s.max_age_ms AS oldest_ms
      FROM ${schema}.streams s
      CROSS JOIN LATERAL (
        SELECT revision FROM ${schema}.events WHERE stream_id = s.id ORDER BY revision DESC LIMIT 1
      ) last
      WHERE s.id = ANY($1::int8[])
    ), gone AS (
      DELETE FROM ${schema}.events WHERE position IN (
        SELECT e.position FROM kept k JOIN ${schema}.events e ON e.stream_id = k.id
        WHERE e.revision < k.last_revision AND (e.revision < k.first_revision OR e.created_ms < k.oldest_ms)
        LIMIT ${eventsPerBatch}
      ) RETURNING stream_id, octet_length(frame) AS size
    )
    SELECT stream_id, count(*) AS events, sum(size) AS bytes FROM gone GROUP BY stream_id`;

  const run = async (): Promise<ScavengeResult> => {
    const total: ScavengeResult = { removed: 0, bytes: 0, streams: 0 };
    for (let after = '0'; !stopped; ) {
      const { rows } = await pool.query<{ id: string }>(nextStreams, [after]);
      if (rows.length === 0) return total;
      after = rows.at(-1)!.id;
      const ids = rows.map((row) => row.id);
      const touched = new Set<string>();
      for (let more = true; more && !stopped; ) {
        const gone = await pool.query<{ stream_id: string; events: string; bytes: string }>(removeSome, [ids]);
        let removed = 0;
        for (const row of gone.rows) {
          touched.add(row.stream_id);
          removed += Number(row.events);
          total.bytes += Number(row.bytes);
        }
        total.removed += removed;
        more = removed === eventsPerBatch;
      }
      total.streams += touched.size;
    }
    return total;
  };

  return {
    /** Runs once over everything; a concurrent call shares the running one's result. */
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
