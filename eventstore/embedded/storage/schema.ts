import type { Client } from 'pg';
import { isBookkeepingSql, isPersistentBookkeepingSql } from './bookkeeping.ts';

/**
 * The tables of one event store, in a schema of its own.
 *
 * - `events`: one row per event. `frame` is what readers are sent (see wire/event-frame.ts); the other columns are what it
 *   takes to find it. The last revision of a stream is that of its last row, which scavenging always keeps.
 * - `streams`: names (as UTF-8 bytes: they may contain NUL and be long, hence the hash index) and what their metadata says
 *   about which events are readable. A stream may have a row before it has events, when only metadata was set.
 * - `event_types`: names, so that filters need not look at every event.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE streams (
    id bigint PRIMARY KEY,
    name bytea NOT NULL,
    max_count bigint,
    max_age_ms bigint,
    truncate_before bigint
  );
  CREATE INDEX streams_by_name ON streams USING hash (name);
  CREATE INDEX streams_with_limits ON streams (id)
    WHERE max_count IS NOT NULL OR max_age_ms IS NOT NULL OR truncate_before IS NOT NULL;

  CREATE TABLE event_types (id integer PRIMARY KEY, name bytea NOT NULL);
  CREATE INDEX event_types_by_name ON event_types USING hash (name);
  INSERT INTO event_types VALUES (1, '$>');

  CREATE TABLE events (
    position bigint PRIMARY KEY,
    stream_id bigint NOT NULL,
    revision bigint NOT NULL,
    created_ms bigint NOT NULL,
    type_id integer NOT NULL,
    event_id uuid NOT NULL,
    frame bytea NOT NULL
  );
  CREATE UNIQUE INDEX events_by_stream ON events (stream_id, revision);
  `,
  `CREATE INDEX streams_left_out_of_all ON streams (id) WHERE ${isPersistentBookkeepingSql('name')};`,
  `DROP INDEX streams_left_out_of_all;
  CREATE INDEX streams_left_out_of_all ON streams (id) WHERE ${isBookkeepingSql('name')};`,
];

/** The id of the type `$>`, of links. */
export const LINK_TYPE_ID = 1;

/** A name as an SQL identifier. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Brings the schema up to date, under the writer's lock. Throws when it was created by a newer version. */
export const migrate = async (client: Client, schema: string): Promise<void> => {
  const name = quoteIdentifier(schema);
  await client.query('BEGIN');
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
    await client.query(`SET LOCAL search_path TO ${name}`);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, applied timestamptz NOT NULL)',
    );
    const { rows } = await client.query<{ version: number | null }>('SELECT max(version) AS version FROM migrations');
    const current = rows[0]?.version ?? 0;
    if (current > migrations.length) {
      throw new Error(
        `schema ${schema} is at version ${current}, but this event store knows only ${migrations.length}`,
      );
    }
    for (let version = current + 1; version <= migrations.length; version++) {
      await client.query(migrations[version - 1]!);
      await client.query('INSERT INTO migrations VALUES ($1, now())', [version]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
};
