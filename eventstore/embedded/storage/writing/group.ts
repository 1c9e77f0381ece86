import { type EventToEncode, eventFrameBound, writeEventFrame } from '../../wire/event-frame.ts';
import type { AppendResult, Position } from '../types.ts';
import type { EventType, StreamHead } from './heads.ts';

/** A caller that waits for a group to be committed. */
export type Waiting = { result: AppendResult; resolve(result: AppendResult): void; reject(error: Error): void };

/**
 * Events that were decided but not committed yet; they share the next transaction. Frames are encoded as they are
 * added, into one growing buffer, while PostgreSQL is busy with the previous group.
 */
export type Group = {
  first: Position;
  createdMs: number;
  frames: Buffer;
  size: number;
  /** Per event: the end of its frame, and its columns. */
  ends: number[];
  streamIds: number[];
  revisions: number[];
  typeIds: number[];
  ids: Buffer[];
  streams: string[];
  types: string[];
  /** Streams without a row, streams whose limits change, and new event types. */
  newStreams: Set<StreamHead>;
  changedLimits: Set<StreamHead>;
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
  newStreams: new Set(),
  changedLimits: new Set(),
  newTypes: new Map(),
  waiting: [],
});

const contentTypes = new Map([
  ['application/json', Buffer.from('application/json')],
  ['application/octet-stream', Buffer.from('application/octet-stream')],
]);

let ticks = { ms: 0, text: Buffer.from('0') };
/** .NET ticks since the Unix epoch: 100 ns each, too large for a number to be exact, so digits are appended instead. */
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
  // A group is created when the previous one is sent, which may be long ago.
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
    group.newStreams.add(head);
  }
  type.known.decidedAt = position;
  if (!type.known.recorded) {
    type.known.recorded = true;
    group.newTypes.set(type.known.id, type.known.nameBytes);
  }
  return position;
};
