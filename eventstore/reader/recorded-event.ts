import type { Position } from '../stored-event.ts';
import { utf8 } from './utf8.ts';

/** The place of something in a message. */
export type Span = { readonly start: number; readonly end: number };

/**
 * A stored event, as a view of the message that it came in. Data and metadata are parsed on first use, and only once,
 * so a reader of a few event types does not pay for the others.
 */
export class RecordedEvent {
  readonly streamName: string;
  readonly type: string;
  readonly revision: bigint;
  readonly position: Position;
  /** Whether its content type is JSON. */
  readonly isJson: boolean;
  /** ms since the epoch. */
  readonly createdMs: number;
  private readonly message: Buffer;
  private readonly idAt: Span | string;
  private readonly dataAt: Span;
  private readonly metadataAt: Span;
  private parsedData: unknown = unparsed;
  private parsedMetadata: unknown = unparsed;

  constructor(
    message: Buffer,
    streamName: string,
    type: string,
    revision: bigint,
    position: Position,
    isJson: boolean,
    createdMs: number,
    id: Span | string,
    data: Span,
    metadata: Span,
  ) {
    this.message = message;
    this.streamName = streamName;
    this.type = type;
    this.revision = revision;
    this.position = position;
    this.isJson = isJson;
    this.createdMs = createdMs;
    this.idAt = id;
    this.dataAt = data;
    this.metadataAt = metadata;
  }

  get id(): string {
    return typeof this.idAt === 'string' ? this.idAt : textOf(this.message, this.idAt);
  }

  /** The parsed value of JSON data (the text, if it is not valid JSON); the bytes of any other data. */
  get data(): unknown {
    if (this.parsedData === unparsed) {
      this.parsedData = this.isJson ? parsed(this.message, this.dataAt, textOf) : bytesOf(this.message, this.dataAt);
    }
    return this.parsedData;
  }

  /** The parsed value of JSON metadata; the bytes of any other metadata; `undefined` if there is none. */
  get metadata(): unknown {
    if (this.parsedMetadata === unparsed) {
      const { start, end } = this.metadataAt;
      this.parsedMetadata = start === end ? undefined : parsed(this.message, this.metadataAt, bytesOf);
    }
    return this.parsedMetadata;
  }

  /**
   * The value of `version` in the metadata if that is the first key, as in what openhouse writes, and no other key has
   * this name; `undefined` if only parsing can find it. Most handlers need nothing else of the metadata, and parsing it
   * took a fifteenth of a rebuild's time.
   */
  get leadingVersion(): number | undefined {
    const { message } = this;
    const { start, end } = this.metadataAt;
    const first = start + versionKeyLength;
    let at = first;
    let version = 0;
    // Up to three digits: as exact as parsing them.
    for (; at < first + 3 && isDigit(message[at]); at++) version = version * 10 + (message[at]! - digitZero);
    if (
      at >= end ||
      at === first ||
      message[first] === digitZero ||
      (message[at] !== comma && message[at] !== closingBrace)
    )
      return undefined;
    // Within a text, quotes are escaped.
    return message.lastIndexOf(versionName, end - 1) === start + 1 && message[start] === openingBrace
      ? version
      : undefined;
  }

  /** Its size in the message, in bytes. */
  get size(): number {
    return this.dataAt.end - this.dataAt.start + this.metadataAt.end - this.metadataAt.start;
  }
}

const unparsed = Symbol('unparsed');

const versionName = Buffer.from('"version":');
const versionKeyLength = versionName.length + 1; // with the brace
const [openingBrace, comma, closingBrace, digitZero] = [0x7b, 0x2c, 0x7d, 0x30];
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= digitZero && byte <= digitZero + 9;

/** An event as returned by a read: through its link, if links are resolved. */
export type ResolvedEvent = {
  readonly kind: 'event';
  /** `undefined`: it is a link, and its target is gone. */
  readonly event: RecordedEvent | undefined;
  readonly link: RecordedEvent | undefined;
  readonly commitPosition: bigint | undefined;
};

const textOf = (message: Buffer, { start, end }: Span): string => utf8(message, start, end);

const bytesOf = (message: Buffer, { start, end }: Span): Buffer => message.subarray(start, end);

const parsed = (message: Buffer, at: Span, otherwise: (message: Buffer, at: Span) => unknown): unknown => {
  try {
    return JSON.parse(textOf(message, at));
  } catch {
    return otherwise(message, at);
  }
};
