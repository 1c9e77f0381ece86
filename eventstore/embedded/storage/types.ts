/**
 * The words of the storage: what its readers, writers and the gRPC services share.
 *
 * Positions and revisions are JavaScript numbers here (exact up to 2^53) and int64 in PostgreSQL and on the wire.
 */

/** A place in `$all`. Commit and prepare position are always the same; the first event has 1, and 0 is before it. */
export type Position = number;

/** The revision of a tombstone: int64 max, which as a number rounds to 2^63. Compare with `>=`. */
export const TOMBSTONE_REVISION = 2 ** 63;

export type Direction = 'forwards' | 'backwards';

/** What an append, delete or tombstone may demand of the stream: an exact revision, or one of these. */
export type ExpectedRevision = bigint | 'any' | 'no_stream' | 'stream_exists';

/** An event as a client proposes it. */
export type ProposedEvent = {
  /** The 16 bytes of its UUID. */
  id: Buffer;
  type: string;
  contentType: string;
  data: Buffer;
  /** The client's own metadata ("custom metadata"), mostly JSON. */
  metadata: Buffer;
};

/** A recorded event (or, when links were resolved, what a link stands for). */
export type StoredEvent = {
  /** Position, stream, revision, type and id of the event that was read: of the link, when it is one. */
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

/** Which events of `$all` are wanted. Prefixes and regular expression exclude each other. */
export type EventFilter = {
  on: 'stream' | 'type';
  /** Says for each of these names whether it is wanted. Throws a gRPC error when the expression takes too long. */
  matches(names: readonly string[]): boolean[];
  /** Set when the filter is by prefixes: what the database may use to skip. */
  prefixes?: readonly string[];
};

export type ReadAllQuery = {
  direction: Direction;
  /** Inclusive. Forwards: the first position wanted. Backwards: the last one; Infinity for the end. */
  from: Position;
  /** Inclusive bound on how far forwards this read may look; the head if absent. */
  to?: Position;
  /** Most events to return. */
  limit: number;
  filter?: EventFilter | undefined;
};

/** A page of `$all`. Call again from `next` until `end`. */
export type AllPage = {
  /** gRPC-framed ReadResp messages, ready to be sent, one after the other. */
  frames: Buffer;
  count: number;
  /** How many events were looked at, including those that the filter left out. */
  considered: number;
  /** The last position looked at; 0 when there was nothing. Every event before it (in reading order) was considered. */
  last: Position;
  /** Where to go on. */
  next: Position;
  /** True when there is (as yet) no more in this direction. */
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
  /** `lastRevision` is -1 when it never had an event; a softly deleted stream has had some. */
  | { found: 'missing'; lastRevision: number }
  | { found: 'tombstoned' }
  | {
      found: 'yes';
      frames: Buffer;
      count: number;
      /** Where to go on. */
      next: number;
      end: boolean;
      hasLinks: boolean;
      /** The stream's last revision, also when its events are no longer readable; -1 when it never had one. */
      lastRevision: number;
    };

export type AppendCommand = {
  stream: string;
  expected: ExpectedRevision;
  events: readonly ProposedEvent[];
  /** Milliseconds since the epoch after which it must not be written any more. */
  deadline?: number | undefined;
  /** Says whether whoever asked has gone away; such a command is not begun. */
  abandoned?: (() => boolean) | undefined;
};

export type AppendResult =
  /** Written, or written before (idempotent). `position` is that of its last event, when it is known. */
  | { kind: 'success'; revision: number; position: Position | undefined }
  /** `actual` is -1 when the stream does not exist. */
  | { kind: 'wrong-expected-version'; actual: number }
  | { kind: 'stream-deleted' }
  | { kind: 'timeout' };

export type DeleteCommand = {
  stream: string;
  expected: ExpectedRevision;
  /** `soft`: the stream may begin again. `tombstone`: never again. */
  how: 'soft' | 'tombstone';
  deadline?: number | undefined;
};

/** The event storage of one schema, which this process alone writes to. All calls fail with UNAVAILABLE while PostgreSQL is away. */
export type EventStorage = {
  /** The position of the last committed event; 0 when there is none. Never moves back. */
  head(): Position;
  append(command: AppendCommand): Promise<AppendResult>;
  delete(command: DeleteCommand): Promise<AppendResult>;
  readAll(query: ReadAllQuery): Promise<AllPage>;
  readStream(query: ReadStreamQuery): Promise<StreamPage>;
  /** The page's frames with each link replaced by what it points to (and the link beside it). */
  resolveLinks(frames: Buffer): Promise<Buffer>;
  /** Resolves when the head is beyond `after`, or when the signal aborts. */
  waitForAll(after: Position, signal: AbortSignal): Promise<void>;
  /** Resolves when the stream has (perhaps) an event beyond revision `after`, or when the signal aborts. */
  waitForStream(stream: string, after: number, signal: AbortSignal): Promise<void>;
  scavenge(): Promise<ScavengeResult>;
  close(): Promise<void>;
};

export type ScavengeResult = { removed: number; bytes: number; streams: number };
