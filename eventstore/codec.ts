import { type EventData, jsonEvent } from '@eventstore/db-client';
import { type DomainEvent, eventDefinitions } from '../domain/events.ts';
import { type EventMetadata, metadataSchema } from '../domain/metadata.ts';
import { type Upcast, upcast } from '../domain/upcast.ts';
import { errorMessage } from '../platform/errors.ts';
import { positionIn, type RecordedEvent } from './reader/recorded-event.ts';
import type { EventEnvelope, InStream, Position, StoredEvent, UnreadableEvent } from './stored-event.ts';

/** The metadata of an event to append, without the version, which the codec adds. */
export type NewMetadata = Omit<EventMetadata, 'version'>;

export type NewEvent = { readonly id: string; readonly event: DomainEvent; readonly metadata: NewMetadata };

/** An event that its schema does not allow: once appended, it could not be read again. */
export type EventNotValid = Error & { readonly code: 'event-not-valid' };

const eventNotValid = (message: string): EventNotValid =>
  Object.assign(new Error(message), { code: 'event-not-valid' as const });

export const isEventNotValid = (error: unknown): error is EventNotValid =>
  error instanceof Error && 'code' in error && error.code === 'event-not-valid';

/**
 * The client's form of an event, validated against its schema, so that everything in the store can be read again.
 * @throws EventNotValid naming the event type, the field and what is wrong with it.
 */
export const encode = ({ id, event, metadata }: NewEvent): EventData => {
  const definition = eventDefinitions.get(event.type);
  if (definition === undefined) throw new Error(`${event.type} is not an event type`);
  const parsed = definition.schema.safeParse(event.data);
  if (!parsed.success) throw eventNotValid(`${event.type} is not valid: ${issuesOf(parsed.error.issues)}`);
  const complete = metadataSchema.safeParse({ ...metadata, version: definition.version });
  if (!complete.success) throw eventNotValid(`${event.type} has invalid metadata: ${issuesOf(complete.error.issues)}`);
  return jsonEvent({ id, type: event.type, data: parsed.data as Record<string, unknown>, metadata: complete.data });
};

const issuesOf = (issues: readonly { path: PropertyKey[]; message: string }[]) =>
  issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');

/**
 * A recorded event, upcast to the current version when its data is first used; an unreadable event has the reason
 * instead of throwing.
 */
export const decode = (recorded: RecordedEvent): StoredEvent | UnreadableEvent =>
  new DecodedEvent(recorded) as StoredEvent | UnreadableEvent;

type Content = { readonly event: DomainEvent } | { readonly unreadable: UnreadableEvent['unreadable'] };

/** Readers decode every event but look at few of them, so an event is parsed when it is first looked at. */
class DecodedEvent implements InStream<EventEnvelope> {
  private readonly recorded: RecordedEvent;
  private content: Content | undefined;

  constructor(recorded: RecordedEvent) {
    this.recorded = recorded;
    this.content = undefined;
  }

  get streamName(): string {
    return this.recorded.streamName;
  }

  get revision(): bigint {
    return this.recorded.revision;
  }

  /** `null` only in a read of a stream. */
  get position(): Position | null {
    return positionIn(this.recorded);
  }

  get type(): string {
    return this.recorded.type;
  }

  get id(): string {
    return this.recorded.id;
  }

  get created(): Date {
    return new Date(this.recorded.createdMs);
  }

  get metadata(): EventMetadata {
    return this.recorded.metadata as EventMetadata;
  }

  get event(): DomainEvent | undefined {
    this.content ??= contentOf(this.recorded);
    return 'event' in this.content ? this.content.event : undefined;
  }

  get unreadable(): UnreadableEvent['unreadable'] | undefined {
    this.content ??= contentOf(this.recorded);
    return 'unreadable' in this.content ? this.content.unreadable : undefined;
  }
}

const contentOf = (recorded: RecordedEvent): Content => {
  const { type, isJson, data } = recorded;
  if (!isJson || typeof data !== 'object' || data === null) {
    return { unreadable: { code: 'not-json', message: `${type} is not JSON` } };
  }
  const version =
    recorded.leadingVersion ?? (recorded.metadata as Partial<EventMetadata> | undefined | null)?.version ?? 1;
  try {
    const lifted: Upcast = upcast(type, version, data);
    return 'event' in lifted ? lifted : { unreadable: lifted.unknown };
  } catch (error) {
    const message = `${type} does not have the fields of its version ${version}: ${errorMessage(error)}`;
    return { unreadable: { code: 'not-upcast', message } };
  }
};
