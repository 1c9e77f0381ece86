import type { Position } from '../stored-event.ts';
import { leadingVersion } from './leading-version.ts';
import { utf8 } from './utf8.ts';

/** An unsigned number of 64 bits, exact: a bigint only if it is beyond 2^53. */
export type Uint64 = number | bigint;

/** What an event's message says, and where in the bytes the rest of it is. */
export type EventParts = {
  streamName: string;
  type: string;
  isJson: boolean;
  createdMs: number;
  revision: Uint64;
  commit: Uint64;
  prepare: Uint64;
  /** If it is not in the bytes as text. */
  id: string | undefined;
  idStart: number;
  idEnd: number;
  dataStart: number;
  dataEnd: number;
  metadataStart: number;
  metadataEnd: number;
};

/**
 * A stored event, as a view of the bytes that it came in. Whatever takes more than a look is made when it is asked for: a
 * rebuild reads millions of events and asks most of them for little. Data and metadata are parsed only once.
 */
export class RecordedEvent {
  readonly streamName: string;
  readonly type: string;
  /** Whether its content type is JSON. */
  readonly isJson: boolean;
  /** ms since the epoch. */
  readonly createdMs: number;
  private readonly message: Buffer;
  private readonly idText: string | undefined;
  private readonly idStart: number;
  private readonly idEnd: number;
  private readonly dataStart: number;
  private readonly dataEnd: number;
  private readonly metadataStart: number;
  private readonly metadataEnd: number;
  private readonly revisionRead: Uint64;
  private readonly commitRead: Uint64;
  private readonly prepareRead: Uint64;
  private parsedData: unknown = unparsed;
  private parsedMetadata: unknown = unparsed;

  /** @param parts may be changed afterwards */
  constructor(message: Buffer, parts: EventParts) {
    this.message = message;
    this.streamName = parts.streamName;
    this.type = parts.type;
    this.isJson = parts.isJson;
    this.createdMs = parts.createdMs;
    this.idText = parts.id;
    this.idStart = parts.idStart;
    this.idEnd = parts.idEnd;
    this.dataStart = parts.dataStart;
    this.dataEnd = parts.dataEnd;
    this.metadataStart = parts.metadataStart;
    this.metadataEnd = parts.metadataEnd;
    this.revisionRead = parts.revision;
    this.commitRead = parts.commit;
    this.prepareRead = parts.prepare;
  }

  get revision(): bigint {
    return BigInt(this.revisionRead);
  }

  get position(): Position {
    return { commit: BigInt(this.commitRead), prepare: BigInt(this.prepareRead) };
  }

  get id(): string {
    return this.idText ?? utf8(this.message, this.idStart, this.idEnd);
  }

  /** The parsed value of JSON data (the text, if it is not valid JSON); the bytes of any other data. */
  get data(): unknown {
    if (this.parsedData === unparsed) {
      const { message, dataStart, dataEnd } = this;
      const value = this.isJson ? parsed(message, dataStart, dataEnd) : message.subarray(dataStart, dataEnd);
      this.parsedData = value === notJson ? utf8(message, dataStart, dataEnd) : value;
    }
    return this.parsedData;
  }

  /** The parsed value of JSON metadata; the bytes of any other metadata; `undefined` if there is none. */
  get metadata(): unknown {
    if (this.parsedMetadata === unparsed) {
      const { message, metadataStart: start, metadataEnd: end } = this;
      const value = start === end ? undefined : parsed(message, start, end);
      this.parsedMetadata = value === notJson ? message.subarray(start, end) : value;
    }
    return this.parsedMetadata;
  }

  /**
   * The value of `version` in the metadata if that is the first key, as in what openhouse writes, and no other key has
   * this name; `undefined` if only parsing can find it. Most handlers need nothing else of the metadata, and parsing it
   * took a fifteenth of a rebuild's time.
   */
  get leadingVersion(): number | undefined {
    return leadingVersion(this.message, this.metadataStart, this.metadataEnd);
  }

  /** Its size in the message, in bytes. */
  get size(): number {
    return this.dataEnd - this.dataStart + this.metadataEnd - this.metadataStart;
  }
}

/** How older servers say that they do not know where in `$all` an event of a stream is. */
const unknownCommit = 2n ** 64n - 1n;

/** Where an event is in `$all`; `null` if the server does not say so, as older ones do when a stream is read. */
export const positionIn = ({ position }: RecordedEvent): Position | null =>
  position.commit === unknownCommit ? null : position;

const unparsed = Symbol('unparsed');
const notJson = Symbol('not JSON');

const parsed = (message: Buffer, start: number, end: number): unknown => {
  try {
    return JSON.parse(utf8(message, start, end));
  } catch {
    return notJson;
  }
};

/** An event as returned by a read: through its link, if links are resolved. */
export type ResolvedEvent = {
  readonly kind: 'event';
  /** `undefined`: it is a link, and its target is gone. */
  readonly event: RecordedEvent | undefined;
  readonly link: RecordedEvent | undefined;
  readonly commitPosition: Uint64 | undefined;
};
