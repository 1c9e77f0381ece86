/**
 * The vocabulary shared by the storage's readers and writers and the gRPC services.
 *
 * Positions and revisions are JavaScript numbers here (exact up to 2^53) and int64 in PostgreSQL and on the wire.
 */

/** A place in `$all`. Commit and prepare position are always equal; the first event has 1, and 0 is before it. */
export type Position = number;

/** The revision of a tombstone: int64 max, which as a number rounds to 2^63. Compare with `>=`. */
export const TOMBSTONE_REVISION = 2 ** 63;

export type Direction = 'forwards' | 'backwards';

/** What an append, delete or tombstone may require of the stream: an exact revision, or one of these. */
export type ExpectedRevision = bigint | 'any' | 'no_stream' | 'stream_exists';

/** An event as sent by a client. */
export type ProposedEvent = {
  /** The 16 bytes of its UUID. */
  id: Buffer;
  type: string;
  contentType: string;
  data: Buffer;
  /** The client's own metadata ("custom metadata"), usually JSON. */
  metadata: Buffer;
};

/** A recorded event (or, if links were resolved, the target of a link). */
export type StoredEvent = {
  /** Position, stream, revision, type and id of the event that was read: of the link, if it is one. */
  position: Position;
  stream: string;
  revision: number;
  type: string;
  /** The UUID as text, as a client would acknowledge it. */
  id: string;
  /**
   * The encoded `ReadResp.ReadEvent` message (field 1 event, 2 link, 3 commit_position; UUIDs as strings). The message
   * of that name in persistent.proto has the same fields, so these bytes serve there too, with a retry count appended.
   */
  readEvent: Buffer;
};

/** Which events of `$all` to include. Prefixes and regular expression exclude each other. */
export type EventFilter = {
  on: 'stream' | 'type';
  /** Whether each of these names matches. Throws a gRPC error when the expression takes too long. */
  matches(names: readonly string[]): boolean[];
  /** Set when the filter is by prefixes: lets the database skip events. */
  prefixes?: readonly string[];
};

export type ReadAllQuery = {
  direction: Direction;
  /** Inclusive. Forwards: the first position to read. Backwards: the last one; Infinity for the end. */
  from: Position;
  /** Inclusive upper bound of a forward read; the head if absent. */
  to?: Position;
  /** The maximum number of events to return. */
  limit: number;
  filter?: EventFilter | undefined;
};

/** A page of `$all`. Continue from `next` until `end`. */
export type AllPage = {
  /** gRPC-framed ReadResp messages, ready to be sent, back to back. */
  frames: Buffer;
  count: number;
  /** How many events were considered, including those that the filter excluded. */
  considered: number;
  /** The last position considered; 0 when there was none. Every event before it (in reading order) was considered. */
  last: Position;
  /** Where to continue. */
  next: Position;
  /** True when there is no more in this direction (yet). */
  end: boolean;
  /** True when some of these events are links (`$>`). */
  hasLinks: boolean;
};

export type ReadStreamQuery = {
  stream: string;
  direction: Direction;
  /** Inclusive. Infinity for the end. */
  from: number;
  limit: number;
};

export type StreamPage =
  /** `lastRevision` is -1 if it never had an event; a softly deleted stream has had some. */
  | { found: 'missing'; lastRevision: number }
  | { found: 'tombstoned' }
  | {
      found: 'yes';
      frames: Buffer;
      count: number;
      /** Where to continue. */
      next: number;
      end: boolean;
      hasLinks: boolean;
      /** The stream's last revision, even if its events are no longer readable; -1 if it never had one. */
      lastRevision: number;
    };

export type AppendCommand = {
  stream: string;
  expected: ExpectedRevision;
  events: readonly ProposedEvent[];
  /** When it must no longer be written, in milliseconds since the epoch. */
  deadline?: number | undefined;
  /** Whether the caller has gone away; such a command is not started. */
  abandoned?: (() => boolean) | undefined;
};

export type AppendResult =
  /** Written now or before (idempotent). `position` is that of its last event, if known. */
  | { kind: 'success'; revision: number; position: Position | undefined }
  /** `actual` is -1 when the stream does not exist. */
  | { kind: 'wrong-expected-version'; actual: number }
  | { kind: 'stream-deleted' }
  | { kind: 'timeout' };

export type DeleteCommand = {
  stream: string;
  expected: ExpectedRevision;
  /** `soft`: the stream may be appended to again. `tombstone`: never again. */
  how: 'soft' | 'tombstone';
  deadline?: number | undefined;
};

/** The event storage of one schema, written by this process alone. All calls fail with UNAVAILABLE while PostgreSQL is down. */
export type EventStorage = {
  /** The position of the last committed event; 0 when there is none. Never moves back. */
  head(): Position;
  append(command: AppendCommand): Promise<AppendResult>;
  delete(command: DeleteCommand): Promise<AppendResult>;
  readAll(query: ReadAllQuery): Promise<AllPage>;
  readStream(query: ReadStreamQuery): Promise<StreamPage>;
  /** The page's frames with each link replaced by its target (and the link beside it). */
  resolveLinks(frames: Buffer): Promise<Buffer>;
  /** Resolves when the head is after `after`, or when the signal aborts. */
  waitForAll(after: Position, signal: AbortSignal): Promise<void>;
  /** Resolves when the stream has (perhaps) an event after revision `after`, or when the signal aborts. */
  waitForStream(stream: string, after: number, signal: AbortSignal): Promise<void>;
  scavenge(): Promise<ScavengeResult>;
  close(): Promise<void>;
};

export type ScavengeResult = { removed: number; bytes: number; streams: number };
