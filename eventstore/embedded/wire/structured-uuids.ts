import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { eachFrame, frameMessage } from './frames.ts';
import { uuidFromString } from './uuid.ts';

type RecordedEvent = InstanceType<typeof streams.ReadResp.ReadEvent.RecordedEvent>;

const restructure = (event: RecordedEvent | undefined): void => {
  const uuid = uuidFromString(event?.getId()?.getString() ?? '');
  if (!event || !uuid) return;
  const structured = new shared.UUID.Structured();
  structured.setMostSignificantBits(uuid.readBigInt64BE(0).toString());
  structured.setLeastSignificantBits(uuid.readBigInt64BE(8).toString());
  const id = new shared.UUID();
  id.setStructured(structured);
  event.setId(id);
};

/** Events are stored with text ids, as the Node client wants them; other clients ask for two int64s. */
export const withStructuredUuids = (frames: Buffer): Buffer => {
  const parts: Buffer[] = [];
  eachFrame(frames, (start, end) => {
    const response = streams.ReadResp.deserializeBinary(frames.subarray(start, end));
    restructure(response.getEvent()?.getEvent());
    restructure(response.getEvent()?.getLink());
    parts.push(frameMessage(response.serializeBinary()));
  });
  return Buffer.concat(parts);
};
