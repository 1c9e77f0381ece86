import type { StoredEvent } from '../storage/types.ts';
import { decodeRecordedEvent, type RecordedFields } from '../wire/frames.ts';
import { ProtoReader, varintSize, writeVarint } from '../wire/protobuf.ts';

/** An event on its way through a subscription group. */
export type Message = {
  event: StoredEvent;
  /** Its place in the source: a revision for a stream, a position for `$all`. */
  place: number;
  /** How often it was sent before. */
  retryCount: number;
  /**
   * Increases by one for each event read from the source; undefined for a replayed parked message, which was counted
   * as done when it was parked and must not hold back the checkpoint.
   */
  sequence: number | undefined;
};

/** Memory a message holds, in bytes. */
export const messageSize = (message: Message): number => message.event.readEvent.length + 200;

/** The encoded `ReadResp` that delivers the message to a consumer: the stored bytes, followed by the retry count. */
export const encodeMessage = ({ event, retryCount }: Message): Buffer => {
  const stored = event.readEvent;
  const size = stored.length + 1 + varintSize(retryCount);
  const response = Buffer.allocUnsafe(1 + varintSize(size) + size);
  response[0] = 0x0a;
  let place = writeVarint(response, 1, size);
  place += stored.copy(response, place);
  response[place] = 0x28;
  writeVarint(response, place + 1, retryCount);
  return response;
};

/** The two halves of a read event: the event that a consumer processes, and the link to it. Either may be missing. */
export const eventAndLink = (readEvent: Buffer): { event?: RecordedFields; link?: RecordedFields } => {
  const found: { event?: RecordedFields; link?: RecordedFields } = {};
  const reader = new ProtoReader(readEvent);
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) found.event = decodeRecordedEvent(reader.message());
    else if (tag === 0x12) found.link = decodeRecordedEvent(reader.message());
    else reader.skip(tag);
  }
  return found;
};

/** The data of a link to the message: `revision@stream`, or the data of a broken link itself. */
export const linkTarget = (message: Message): string => {
  const { event, link } = eventAndLink(message.event.readEvent);
  return event ? `${event.revision}@${event.stream}` : (link?.data.toString() ?? '');
};

/** The stream whose events should stay with one consumer: that of the target, also for an unresolved link. */
export const sourceStream = (message: Message): string => {
  const { event, link } = eventAndLink(message.event.readEvent);
  const fields = event ?? link;
  if (fields?.type !== '$>') return fields?.stream ?? '';
  const target = fields.data.toString();
  return target.slice(target.indexOf('@') + 1);
};

/** `$correlationId` of the event's metadata, if that is JSON and has one. */
export const correlationId = (message: Message): string | undefined => {
  const { event, link } = eventAndLink(message.event.readEvent);
  try {
    const metadata: unknown = JSON.parse((event ?? link)?.metadata.toString() ?? '');
    const id = (metadata as Record<string, unknown> | null)?.$correlationId;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
};
