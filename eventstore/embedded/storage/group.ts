import { type EventToEncode, eventFrameBound, writeEventFrame } from '../wire/event-frame.ts';
import { byteaArray, byteaSlices, int4Array, int8Array, uuidArray } from './binary-array.ts';
import type { EventType, StreamHead } from './heads.ts';
import type { AppendResult, Position } from './types.ts';

/** Somebody who waits for a group to be committed. */
export type Waiting = { result: AppendResult; resolve(result: AppendResult): void; reject(error: Error): void };

/**
 * Events that were decided but are not committed yet: they share the next transaction. Frames are encoded as they are
 * added, into one growing buffer, while PostgreSQL is busy with the group before.
 */
export type Group = {
  first: Position;
  createdMs: number;
  frames: Buffer;
  size: number;
  /** By event: where its frame ends, and its columns. */
  ends: number[];
  streamIds: number[];
  revisions: number[];
  typeIds: number[];
  ids: Buffer[];
  streams: string[];
  types: string[];
  /** Streams whose row is new or whose limits changed, and new event types. */
  changedStreams: Set<StreamHead>;
  newTypes: Map<number, Buffer>;
  waiting: Waiting[];
};

const none = Buffer.alloc(0);

export const newGroup = (first: Position): Group => ({
  first,
  createdMs: Date.now(),
  frames: none,
  size: 0,
  ends: [],
  streamIds: [],
  revisions: [],
  typeIds: [],
  ids: [],
  streams: [],
  types: [],
  changedStreams: new Set(),
  newTypes: new Map(),
  waiting: [],
});

const contentTypes = new Map([
  ['application/json', Buffer.from('application/json')],
  ['application/octet-stream', Buffer.from('application/octet-stream')],
]);

let ticks = { ms: 0, text: Buffer.from('0') };
/** .NET ticks since the Unix epoch: 100 ns each, beyond what a number holds exactly, so digits are appended instead. */
const ticksOf = (ms: number): Buffer => {
  if (ticks.ms !== ms) ticks = { ms, text: Buffer.from(`${ms}0000`) };
  return ticks.text;
};

export type GroupEvent = { id: Buffer; contentType: string; data: Buffer; metadata: Buffer };

/** Adds an event to the group and returns its position. The head's last revision becomes `revision`. */
export const addToGroup = (
  group: Group,
  head: StreamHead,
  type: { name: string; known: EventType },
  revision: number,
  event: GroupEvent,
): Position => {
  const position = group.first + group.ends.length;
  // A group is made ready when the one before is sent, which may be long ago.
  if (group.ends.length === 0) group.createdMs = Date.now();
  const encoded: EventToEncode = {
    id: event.id,
    stream: head.nameBytes,
    revision,
    position,
    type: type.known.nameBytes,
    contentType: contentTypes.get(event.contentType)!,
    created: ticksOf(group.createdMs),
    metadata: event.metadata,
    data: event.data,
  };
  const needed = group.size + eventFrameBound(encoded);
  if (needed > group.frames.length) {
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * group.frames.length));
    group.frames.copy(larger, 0, 0, group.size);
    group.frames = larger;
  }
  group.size = writeEventFrame(group.frames, group.size, encoded);
  group.ends.push(group.size);
  group.streamIds.push(head.id);
  group.revisions.push(revision);
  group.typeIds.push(type.known.id);
  group.ids.push(event.id);
  group.streams.push(head.name);
  group.types.push(type.name);
  head.lastRevision = revision;
  head.decidedAt = position;
  if (!head.recorded) {
    head.recorded = true;
    group.changedStreams.add(head);
  }
  type.known.decidedAt = position;
  if (!type.known.recorded) {
    type.known.recorded = true;
    group.newTypes.set(type.known.id, type.known.nameBytes);
  }
  return position;
};

/**
 * The one statement, and so the one transaction, that writes a group. Rows of streams and types come with the events that
 * need them; most groups need none, and have a statement without them.
 */
export const insertStatement = (group: Group, schema: string): { name: string; text: string; values: unknown[] } => {
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
  if (group.changedStreams.size === 0 && group.newTypes.size === 0) return { name: 'append', text: events, values };
  const streams = [...group.changedStreams];
  return {
    name: 'append-new',
    text: `WITH changed_streams AS (
        INSERT INTO ${schema}.streams (id, name, max_count, max_age_ms, truncate_before)
        SELECT * FROM unnest($8::int8[], $9::bytea[], $10::int8[], $11::int8[], $12::int8[])
        ON CONFLICT (id) DO UPDATE SET max_count = excluded.max_count, max_age_ms = excluded.max_age_ms,
          truncate_before = excluded.truncate_before
      ), new_types AS (
        INSERT INTO ${schema}.event_types (id, name) SELECT * FROM unnest($13::int4[], $14::bytea[])
      ) ${events}`,
    values: [
      ...values,
      int8Array(streams.map((head) => head.id)),
      byteaArray(streams.map((head) => head.nameBytes)),
      int8Array(streams.map((head) => head.maxCount)),
      int8Array(streams.map((head) => head.maxAgeMs)),
      int8Array(streams.map((head) => head.truncateBefore)),
      int4Array([...group.newTypes.keys()]),
      byteaArray([...group.newTypes.values()]),
    ],
  };
};
