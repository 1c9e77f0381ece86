import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

type Recorded = InstanceType<typeof streams.ReadResp.ReadEvent.RecordedEvent>;

/** A recorded event as a server sends it, by the generated classes of the official client. */
export const recordedMessage = (fields: {
  readonly id?: string | { readonly most: string; readonly least: string };
  readonly stream?: string;
  readonly revision?: string;
  readonly commit?: string;
  readonly prepare?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly data?: Uint8Array;
  readonly metadata?: Uint8Array;
}): Recorded => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  const { id = '00000000-0000-4000-8000-000000000001', revision = '0', commit = '0', prepare = commit } = fields;
  const uuid = new shared.UUID();
  if (typeof id === 'string') uuid.setString(id);
  else {
    const structured = new shared.UUID.Structured();
    structured.setMostSignificantBits(id.most);
    structured.setLeastSignificantBits(id.least);
    uuid.setStructured(structured);
  }
  event.setId(uuid);
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(fields.stream ?? 'listing-1'));
  event.setStreamIdentifier(identifier);
  event.setStreamRevision(revision);
  event.setCommitPosition(commit);
  event.setPreparePosition(prepare);
  const properties = fields.properties ?? {
    type: 'Tested',
    'content-type': 'application/json',
    created: '17000000000000000',
  };
  for (const [key, value] of Object.entries(properties)) event.getMetadataMap().set(key, value);
  event.setData(fields.data ?? Buffer.from('{"n":1}'));
  event.setCustomMetadata(fields.metadata ?? new Uint8Array());
  return event;
};

/** The bytes of a `ReadResp` with an event, a link, or both. */
export const eventMessage = (event: Recorded | undefined, link?: Recorded, commitPosition?: string): Buffer => {
  const resolved = new streams.ReadResp.ReadEvent();
  if (event !== undefined) resolved.setEvent(event);
  if (link !== undefined) resolved.setLink(link);
  if (commitPosition !== undefined) resolved.setCommitPosition(commitPosition);
  const response = new streams.ReadResp();
  response.setEvent(resolved);
  return Buffer.from(response.serializeBinary());
};

/** The n-th event of a stream, at position n. */
export const nthEvent = (n: number, data: Uint8Array = Buffer.from(`{"n":${n}}`)): Buffer =>
  eventMessage(recordedMessage({ revision: String(n), commit: String(n), data }));

export const checkpointMessage = (commit: string, prepare = commit): Buffer => {
  const checkpoint = new streams.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(commit);
  checkpoint.setPreparePosition(prepare);
  const response = new streams.ReadResp();
  response.setCheckpoint(checkpoint);
  return Buffer.from(response.serializeBinary());
};

export const caughtUpMessage = (): Buffer => {
  const response = new streams.ReadResp();
  response.setCaughtUp(new streams.ReadResp.CaughtUp());
  return Buffer.from(response.serializeBinary());
};
