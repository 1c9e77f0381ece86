import type { RecordName } from '../domain/catalogue/field.ts';
import { streamName } from '../domain/events.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { type InStream, isReadable, type StoredEvent } from '../eventstore/stored-event.ts';
import { changesBetween, sourceOf } from './read-history.ts';
import { type RecordFields, recordTypes } from './record-types.ts';

/** By when something was recorded (what did we know?) or by when it happened in the world (what was true?). */
export type TimeBy = 'recorded' | 'occurred';

/** A record as it was at a moment. */
export type StateAt = {
  /** `false`: the record has events, but none that early. */
  readonly known: boolean;
  readonly fields: RecordFields;
  /** The origin of each field's value: the route it came by, down to the legacy document. */
  readonly sources: Readonly<Record<string, string>>;
  /** The last event that counts: its revision, type and times; `null` if there is none. */
  readonly last: {
    readonly revision: number;
    readonly eventType: string;
    readonly modificationTimestamp: string;
    readonly occurredAt: string;
  } | null;
  /** How many events count, and how many the record has in total. */
  readonly events: number;
  readonly eventsInAll: number;
};

/**
 * The state of a record at a moment; `null` if there is no such record. Events at exactly that moment count.
 *
 * By `occurred`, events count in the order in which things happened, whenever we learned of them: a sale in March that
 * was imported in May is included on the first of April.
 */
export const stateAt = async (
  store: Pick<EventStore, 'readStream'>,
  aggregate: RecordName,
  key: string,
  time: Date,
  by: TimeBy = 'recorded',
): Promise<StateAt | null> => {
  const type = recordTypes[aggregate];
  const counting: InStream<StoredEvent>[] = [];
  let eventsInAll = 0;
  for await (const stored of store.readStream(streamName(aggregate, key))) {
    eventsInAll++;
    if (isReadable(stored) && timeOf(stored, by) <= time.getTime()) counting.push(stored);
  }
  if (eventsInAll === 0) return null;
  // A stable sort, so that events of the same moment stay in the order in which they were recorded.
  if (by === 'occurred') counting.sort((one, other) => timeOf(one, by) - timeOf(other, by));
  // A record begins with its first event. Anything dated earlier (a call before the lead was entered) does not make it
  // exist.
  const begun = counting.some(({ revision }) => revision === 0n);
  if (!begun) return { known: false, fields: {}, sources: {}, last: null, events: 0, eventsInAll };
  const first = counting.findIndex(({ revision }) => revision === 0n);
  counting.unshift(...counting.splice(first, 1));

  let state = type.initialState;
  let fields: RecordFields = {};
  const sources: Record<string, string> = {};
  for (const { event, metadata } of counting) {
    state = type.evolve(state, event);
    const after = type.fieldsOf(state);
    for (const { fieldName } of changesBetween(fields, after)) sources[fieldName] = sourceOf(fieldName, metadata);
    fields = after;
  }
  const last = counting.at(-1)!;
  return {
    known: true,
    fields,
    sources: Object.fromEntries(Object.entries(sources).filter(([name]) => name in fields)),
    last: {
      revision: Number(last.revision),
      eventType: last.type,
      modificationTimestamp: last.created.toISOString(),
      occurredAt: last.metadata.occurredAt,
    },
    events: counting.length,
    eventsInAll,
  };
};

const timeOf = (stored: Pick<StoredEvent, 'created' | 'metadata'>, by: TimeBy): number =>
  by === 'recorded' ? stored.created.getTime() : Date.parse(stored.metadata.occurredAt);
