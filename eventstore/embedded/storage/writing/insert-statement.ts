import { byteaArray, byteaSlices, int4Array, int8Array, uuidArray } from '../binary-array.ts';
import type { Group } from './group.ts';
import type { StreamHead } from './heads.ts';

export type InsertStatement = { name: string; text: string; values: unknown[] };

const limitsOf = (streams: readonly StreamHead[]) => [
  int8Array(streams.map((head) => head.maxCount)),
  int8Array(streams.map((head) => head.maxAgeMs)),
  int8Array(streams.map((head) => head.truncateBefore)),
];

/**
 * The one statement, and so the one transaction, that writes a group. Rows of streams and types are written with the events
 * that need them. Most groups need none, and few change a stream's limits: there is a prepared statement for each of the
 * three cases, because one for all of them took twice as long for a group of new streams.
 */
export const insertStatement = (group: Group, schema: string): InsertStatement => {
  const events = `INSERT INTO ${schema}.events (position, stream_id, revision, created_ms, type_id, event_id, frame)
    SELECT $1::int8 + e.n - 1, e.stream_id, e.revision, $2::int8, e.type_id, e.event_id, e.frame
    FROM unnest($3::int8[], $4::int8[], $5::int4[], $6::uuid[], $7::bytea[])
      WITH ORDINALITY AS e(stream_id, revision, type_id, event_id, frame, n)`;
  const values = [
    group.first,
    group.createdMs,
    int8Array(group.streamIds),
    int8Array(group.revisions),
    int4Array(group.typeIds),
    uuidArray(group.ids),
    byteaSlices(group.frames, group.ends),
  ];
  const added = [...group.newStreams];
  const changed = [...group.changedLimits].filter((head) => !group.newStreams.has(head));
  if (added.length === 0 && changed.length === 0 && group.newTypes.size === 0)
    return { name: 'append', text: events, values };

  const newRows = `new_types AS (
      INSERT INTO ${schema}.event_types (id, name) SELECT * FROM unnest($8::int4[], $9::bytea[])
    ), new_streams AS (
      INSERT INTO ${schema}.streams (id, name, max_count, max_age_ms, truncate_before)
      SELECT * FROM unnest($10::int8[], $11::bytea[], $12::int8[], $13::int8[], $14::int8[])
    )`;
  values.push(
    int4Array([...group.newTypes.keys()]),
    byteaArray([...group.newTypes.values()]),
    int8Array(added.map((head) => head.id)),
    byteaArray(added.map((head) => head.nameBytes)),
    ...limitsOf(added),
  );
  if (changed.length === 0) return { name: 'append-new', text: `WITH ${newRows} ${events}`, values };

  const changedRows = `changed AS (
      UPDATE ${schema}.streams s SET max_count = c.max_count, max_age_ms = c.max_age_ms, truncate_before = c.truncate_before
      FROM unnest($15::int8[], $16::int8[], $17::int8[], $18::int8[]) AS c(id, max_count, max_age_ms, truncate_before)
      WHERE s.id = c.id
    )`;
  values.push(int8Array(changed.map((head) => head.id)), ...limitsOf(changed));
  return { name: 'append-limits', text: `WITH ${newRows}, ${changedRows} ${events}`, values };
};
