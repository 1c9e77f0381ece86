import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { EventStorage } from '../../storage/types.ts';
import { frameMessage } from '../../wire/frames.ts';
import { withStructuredUuids } from '../../wire/structured-uuids.ts';
import type { ReadRequest } from './read-request.ts';

/** The client disconnected, or the server is closing: nothing more to do. */
export class CallEnded extends Error {}
export const callEnded = new CallEnded('the call has ended');

export type Sender = {
  /** Sends frames; resolves when HTTP/2 has accepted them, so that a slow client delays only its own reads. */
  send(frames: Buffer): Promise<void>;
  signal: AbortSignal;
};

const response = (fill: (message: InstanceType<typeof streams.ReadResp>) => void): Buffer => {
  const message = new streams.ReadResp();
  fill(message);
  return frameMessage(message.serializeBinary());
};

export const confirmation = () =>
  response((message) => {
    const confirmed = new streams.ReadResp.SubscriptionConfirmation();
    confirmed.setSubscriptionId(randomUUID());
    message.setConfirmation(confirmed);
  });

export const caughtUp = response((message) => message.setCaughtUp(new streams.ReadResp.CaughtUp()));

export const streamNotFound = (stream: string) =>
  response((message) => {
    const identifier = new shared.StreamIdentifier();
    identifier.setStreamName(Buffer.from(stream, 'utf8'));
    const notFound = new streams.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(identifier);
    message.setStreamNotFound(notFound);
  });

/** A page as this request wants it: links resolved, ids in the form it asked for. */
export const prepareFrames = async (
  storage: EventStorage,
  request: ReadRequest,
  page: { frames: Buffer; hasLinks: boolean },
) => {
  const frames = request.resolveLinks && page.hasLinks ? await storage.resolveLinks(page.frames) : page.frames;
  return request.structuredUuids ? withStructuredUuids(frames) : frames;
};

/** Starts work now that will be awaited later, or never. */
export const ahead = <T>(work: Promise<T>): Promise<T> => {
  work.catch(() => {});
  return work;
};
