import type { DomainEvent } from '../domain/events.ts';
import type { EventMetadata } from '../domain/metadata.ts';

/** A place in `$all`. Both halves are stored: going by commit alone, events were missed (KurrentDB #4970). */
export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** The properties of every event read from the store, whatever its type. */
export type EventEnvelope = {
  readonly id: string;
  readonly streamName: string;
  readonly revision: bigint;
  readonly position: Position;
  readonly created: Date;
  readonly type: string;
};

/** For those who keep an event for long: nothing but these properties, while an event holds on to the bytes that it came in. */
export const envelopeOf = ({ id, streamName, revision, position, created, type }: EventEnvelope): EventEnvelope => ({
  id,
  streamName,
  revision,
  position,
  created,
  type,
});

/** A domain event from the store, its data upcast to the current version. */
export type StoredEvent = EventEnvelope & { readonly metadata: EventMetadata; readonly event: DomainEvent };

/** An event that this release cannot read: its type or version is unknown, or it is not JSON. */
export type UnreadableEvent = EventEnvelope & {
  readonly unreadable: { readonly code: string; readonly message: string };
};

/**
 * An event as a read of its stream gives it. Older servers do not say where in `$all` it is, so nothing may depend on its
 * position; it may only be shown.
 */
export type InStream<Event extends EventEnvelope> = Omit<Event, 'position'> & { readonly position: Position | null };

/** The same event, for those who know its position from elsewhere. */
export const positionedAt = <Event extends EventEnvelope>(event: InStream<Event>, position: Position): Event =>
  Object.create(event, { position: { value: position, enumerable: true } }) as Event;

const unreadableCode = 'event-unreadable';

/** For those who cannot go on without an event that cannot be read. It is about its record only. */
export const unreadableEvent = ({
  streamName,
  revision,
  unreadable,
}: Pick<UnreadableEvent, 'streamName' | 'revision' | 'unreadable'>): Error =>
  Object.assign(new Error(`${streamName}@${revision}: ${unreadable.message}`), { code: unreadableCode });

export const isUnreadableEvent = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === unreadableCode;

/** Whether an event is one of ours that this release understands. Parses its data. */
export const isReadable = <Read extends InStream<StoredEvent> | InStream<UnreadableEvent>>(
  event: Read,
): event is Extract<Read, { readonly event: DomainEvent }> =>
  (event as Partial<UnreadableEvent>).unreadable === undefined;
