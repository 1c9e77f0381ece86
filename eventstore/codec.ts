import { type EventData, jsonEvent, type RecordedEvent, type ResolvedEvent } from '@eventstore/db-client';
import { type DomainEvent, eventDefinitions } from '../domain/events.ts';
import { type EventMetadata, metadataSchema } from '../domain/metadata.ts';
import { upcast } from '../domain/upcast.ts';
import type { Position, StoredEvent, UnreadableEvent } from './stored-event.ts';

/** The metadata of an event to append, without the version, which the codec adds. */
export type NewMetadata = Omit<EventMetadata, 'version'>;

export type NewEvent = { readonly id: string; readonly event: DomainEvent; readonly metadata: NewMetadata };

/** An event that its schema does not allow: appended, it could not be read again. */
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

/** A recorded event, upcast to the current version; one that cannot be read gives the reason instead of failing. */
export const decode = (resolved: ResolvedEvent): StoredEvent | UnreadableEvent | null => {
  const recorded = resolved.event;
  if (recorded === undefined) return null;
  const position = recorded.position ?? {
    commit: resolved.commitPosition ?? 0n,
    prepare: resolved.commitPosition ?? 0n,
  };
  if (!recorded.isJson) return unreadable(recorded, position, 'not-json', `${recorded.type} is not JSON`);
  const metadata = recorded.metadata as EventMetadata | undefined;
  const lifted = upcast(recorded.type, metadata?.version ?? 1, recorded.data);
  if ('unknown' in lifted) return unreadable(recorded, position, lifted.unknown.code, lifted.unknown.message);
  // One literal rather than a copy of the envelope: every reader decodes every event.
  return {
    id: recorded.id,
    streamName: recorded.streamId,
    revision: recorded.revision,
    position,
    created: recorded.created,
    type: recorded.type,
    metadata: metadata as EventMetadata,
    event: lifted.event,
  };
};

const unreadable = (
  { id, streamId: streamName, revision, created, type }: RecordedEvent,
  position: Position,
  code: string,
  message: string,
): UnreadableEvent => ({ id, streamName, revision, position, created, type, unreadable: { code, message } });
