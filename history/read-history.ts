import type { RecordName } from '../domain/catalogue/field.ts';
import { sameValue } from '../domain/changes.ts';
import { type DomainEvent, streamName } from '../domain/events.ts';
import { changeTypeOf, type ListingEvent } from '../domain/listing/index.ts';
import type { Actor, EventMetadata } from '../domain/metadata.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { type EventEnvelope, type InStream, isReadable } from '../eventstore/stored-event.ts';
import { type RecordFields, recordTypes } from './record-types.ts';
import { shownAsChanges } from './shown-as-changes.ts';

/**
 * A field before and after an event; `null` for empty. `source`: where the new value comes from, if different from the
 * event's source.
 */
export type FieldChange = {
  readonly fieldName: string;
  readonly previousValue: unknown;
  readonly newValue: unknown;
  readonly source?: string;
};

/**
 * One event of a record, field by field (with RESO HistoryTransactional's names in camelCase where it has them).
 * - `modificationTimestamp`: when it was recorded; `occurredAt`: when it happened in the world. ISO 8601, UTC.
 * - `entityEventSequence`: increases over all records, with gaps (the commit position); `null` if the server
 *   does not say it when a stream is read, as older ones do.
 * - `changeType`: its meaning for the market (RESO ChangeType), for listings.
 * - `changedByMemberKey`: the person, if it was a person.
 * - `details`: what the event contains besides changed fields: an inquiry's message, the reasons of an offer.
 */
export type HistoryEntry = {
  readonly resourceName: string;
  readonly resourceRecordKey: string;
  readonly entityEventSequence: string | null;
  readonly revision: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly changeType: string | null;
  readonly changedByMemberKey: string | null;
  readonly actor: Actor | null;
  readonly source: string | null;
  readonly reason: string | null;
  readonly modificationTimestamp: string;
  readonly occurredAt: string | null;
  /** It is not known when it happened, but no later than `occurredAt`. */
  readonly occurredAtEstimated?: true;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly changes: readonly FieldChange[];
  readonly details: RecordFields;
  /** Why this event cannot be read (unknown type or version); it counts as changing nothing. */
  readonly unreadable: string | null;
};

/** An entry with the record's state after the event. */
export type HistoryStep = { readonly entry: HistoryEntry; readonly fields: RecordFields };

/**
 * Reads a record's stream, oldest event first; yields nothing if there is no such record. Keeps one state in memory,
 * however long the stream.
 */
export async function* readHistory(
  store: Pick<EventStore, 'readStream'>,
  aggregate: RecordName,
  key: string,
): AsyncGenerator<HistoryStep, void, undefined> {
  const type = recordTypes[aggregate];
  let state = type.initialState;
  let fields: RecordFields = {};
  for await (const stored of store.readStream(streamName(aggregate, key))) {
    const basics = {
      ...envelopeOf(stored),
      resourceName: type.resourceName,
      resourceRecordKey: key,
    };
    if (!isReadable(stored)) {
      yield { entry: { ...basics, ...nobody, unreadable: stored.unreadable.message }, fields };
      continue;
    }
    const { event, metadata } = stored;
    state = type.evolve(state, event);
    const after = type.fieldsOf(state);
    const changes = changesBetween(fields, after).map((change) => withSource(change, metadata));
    fields = after;
    yield {
      entry: {
        ...basics,
        changeType: aggregate === 'listing' ? changeTypeOf(event as ListingEvent) : null,
        changedByMemberKey: metadata.actor.kind === 'person' ? metadata.actor.id : null,
        actor: metadata.actor,
        source: metadata.source,
        reason: metadata.reason ?? null,
        occurredAt: metadata.occurredAt,
        ...(metadata.occurredAtEstimated && { occurredAtEstimated: true as const }),
        correlationId: metadata.$correlationId,
        causationId: metadata.$causationId,
        changes,
        details: detailsOf(event, changes),
        unreadable: null,
      },
      fields,
    };
  }
}

const nobody = {
  changeType: null,
  changedByMemberKey: null,
  actor: null,
  source: null,
  reason: null,
  occurredAt: null,
  correlationId: null,
  causationId: null,
  changes: [],
  details: {},
} as const;

const envelopeOf = (stored: InStream<EventEnvelope>) => ({
  entityEventSequence: stored.position?.commit.toString() ?? null,
  revision: Number(stored.revision),
  eventId: stored.id,
  eventType: stored.type,
  modificationTimestamp: stored.created.toISOString(),
});

const withSource = (change: FieldChange, metadata: EventMetadata): FieldChange => {
  const document = metadata.sources?.[change.fieldName];
  return document === undefined ? change : { ...change, source: `legacy:${document}` };
};

/** The source of the value that an event sets. */
export const sourceOf = (fieldName: string, metadata: EventMetadata): string =>
  withSource({ fieldName, previousValue: null, newValue: null }, metadata).source ?? metadata.source;

/** The fields that differ, in the record's order. */
export const changesBetween = (before: RecordFields, after: RecordFields): readonly FieldChange[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name] && !sameValue(before[name], after[name]))
    .map((fieldName) => ({
      fieldName,
      previousValue: before[fieldName] ?? null,
      newValue: after[fieldName] ?? null,
    }));

/** The event's data that is not among the changes, without bookkeeping (previous values, the record's own key). */
const detailsOf = (event: DomainEvent, changes: readonly FieldChange[]): RecordFields => {
  const told = new Set(changes.map(({ fieldName }) => fieldName));
  return Object.fromEntries(
    Object.entries(event.data as Record<string, unknown>).filter(
      ([name, value]) =>
        value !== null &&
        value !== undefined &&
        !told.has(name) &&
        !name.startsWith('previous') &&
        !shownAsChanges(event.type).includes(name),
    ),
  );
};
