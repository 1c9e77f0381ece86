import type { DomainEvent } from '../domain/events.ts';
import type { EventMetadata } from '../domain/metadata.ts';

/** A place in `$all`. Both halves are kept: by commit alone, events were missed (KurrentDB #4970). */
export type Position = { readonly commit: bigint; readonly prepare: bigint };

/** What every event read from the store tells of itself, whatever it holds. */
export type EventEnvelope = {
  readonly id: string;
  readonly streamName: string;
  readonly revision: bigint;
  readonly position: Position;
  readonly created: Date;
  readonly type: string;
};

/** An event of the domain as it stands in the store, its data lifted to today's version. */
export type StoredEvent = EventEnvelope & { readonly metadata: EventMetadata; readonly event: DomainEvent };

/** An event that nobody here can read: its type or version is unknown, or it is not JSON. */
export type UnreadableEvent = EventEnvelope & {
  readonly unreadable: { readonly code: string; readonly message: string };
};

export const isReadable = (event: StoredEvent | UnreadableEvent): event is StoredEvent => 'event' in event;
