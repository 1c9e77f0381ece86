import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';

type Uuid = InstanceType<typeof shared.UUID>;

const half = (bits: string): string => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');

/** A UUID as text, in whichever of the two forms a client sent it. */
export const uuidText = (uuid: Uuid): string => {
  const structured = uuid.getStructured();
  if (!structured) return uuid.getString().toLowerCase();
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const structuredUuid = (text: string): Uuid => {
  const hex = text.replaceAll('-', '');
  const bits = (from: number) => BigInt.asIntN(64, BigInt(`0x${hex.slice(from, from + 16)}`)).toString();
  const structured = new shared.UUID.Structured();
  structured.setMostSignificantBits(bits(0));
  structured.setLeastSignificantBits(bits(16));
  const uuid = new shared.UUID();
  uuid.setStructured(structured);
  return uuid;
};

/** Stored events have text ids, which is what the Node client asks for; this converts them for other clients. */
export const withStructuredIds = (response: Buffer): Buffer => {
  const message = persistent.ReadResp.deserializeBinary(response);
  for (const event of [message.getEvent()?.getEvent(), message.getEvent()?.getLink()]) {
    event?.setId(structuredUuid(event.getId()!.getString()));
  }
  return Buffer.from(message.serializeBinary());
};
