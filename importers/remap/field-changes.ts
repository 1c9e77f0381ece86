import { agents, leads, listings, savedSearches } from '../../commands/aggregates.ts';
import type { Decider } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { type AggregateName, parseStreamName, streamName } from '../../domain/events.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { OnAppend } from '../../eventstore/observed-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';
import { counted, oneLine, shortened } from '../../platform/wording/words.ts';
import { masked } from '../masking/masked-document.ts';

/** A field that a run corrected in some records, with a few of them; values that may be personal are shown by their shape. */
export type FieldChange = {
  readonly aggregate: AggregateName;
  readonly field: string;
  readonly records: number;
  readonly samples: readonly {
    readonly recordKey: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
};

/** What a run appended, by event type and by field. */
export type Changes = {
  readonly events: readonly { readonly aggregate: AggregateName; readonly type: string; readonly count: number }[];
  readonly fields: readonly FieldChange[];
};

const samplesKept = 3;

type Tally = {
  readonly records: Set<string>;
  /** `first`: the revision of the first event that the run appended together with this one. */
  readonly samples: { readonly recordKey: string; readonly after: unknown; readonly first: bigint }[];
};

/** Counts what a run appends, with a few samples of each field. */
export const tallyChanges = () => {
  const events = new Map<string, number>();
  const fields = new Map<string, Tally>();
  const onAppend: OnAppend = (stream, appended, first) => {
    const { aggregate, key } = parseStreamName(stream)!;
    for (const { event } of appended) {
      const type = `${aggregate} ${event.type}`;
      events.set(type, (events.get(type) ?? 0) + 1);
      for (const [field, after] of Object.entries(changesIn(event))) {
        const name = `${aggregate} ${field}`;
        const tally: Tally = fields.get(name) ?? { records: new Set(), samples: [] };
        fields.set(name, tally);
        if (!tally.records.has(key) && tally.samples.length < samplesKept)
          tally.samples.push({ recordKey: key, after, first });
        tally.records.add(key);
      }
    }
  };
  const read = async (store: EventStore): Promise<Changes> => {
    const before = fieldsBefore(store);
    const changed: FieldChange[] = [];
    for (const [name, { records, samples }] of fields) {
      const [aggregate, field] = name.split(' ') as [AggregateName, string];
      const shown = [];
      for (const { recordKey, after, first } of samples) {
        const was = (await before(aggregate, recordKey, first))[field];
        shown.push({
          recordKey,
          before: shownValue(aggregate, field, was),
          after: shownValue(aggregate, field, after),
        });
      }
      changed.push({ aggregate, field, records: records.size, samples: shown });
    }
    return {
      events: [...events].sort().map(([name, count]) => {
        const [aggregate, type] = name.split(' ') as [AggregateName, string];
        return { aggregate, type, count };
      }),
      fields: changed.sort(
        (a, b) => a.aggregate.localeCompare(b.aggregate) || b.records - a.records || a.field.localeCompare(b.field),
      ),
    };
  };
  return { onAppend, read };
};

const changesIn = ({ data }: DomainEvent): Readonly<Record<string, unknown>> =>
  'changes' in data ? (data.changes as Record<string, unknown>) : {};

const aggregates = { listing: listings, lead: leads, agent: agents, savedSearch: savedSearches } as const;

/** The fields of a record as they were before a revision, which is read once for all fields. */
const fieldsBefore = (store: EventStore) => {
  const known = new Map<string, Promise<Readonly<Record<string, unknown>>>>();
  const load = async (aggregate: AggregateName, key: string, revision: bigint) => {
    if (!(aggregate in aggregates)) return {};
    const { decider } = aggregates[aggregate as keyof typeof aggregates];
    const { evolve, initialState } = decider as unknown as Decider<unknown, DomainEvent, { readonly fields: object }>;
    let state = initialState;
    for await (const stored of store.readStream(streamName(aggregate, key))) {
      if (stored.revision >= revision) break;
      if (isReadable(stored)) state = evolve(state, stored.event);
    }
    return state.fields as Record<string, unknown>;
  };
  return (aggregate: AggregateName, key: string, revision: bigint) => {
    const name = `${streamName(aggregate, key)}@${revision}`;
    const found = known.get(name) ?? load(aggregate, key, revision);
    known.set(name, found);
    return found;
  };
};

const collections: Readonly<Partial<Record<AggregateName, string>>> = {
  agent: 'users',
  lead: 'contacts',
  listing: 'properties',
  savedSearch: 'savedsearches',
};

const longest = 80;

/** A value for people; `null` if there is none. */
const shownValue = (aggregate: AggregateName, field: string, value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  if (field === 'warnings' && Array.isArray(value))
    return (
      value.map((warning: { field: string; code: string }) => `${warning.field} ${warning.code}`).join(', ') || null
    );
  if (Array.isArray(value) && value.some((item) => typeof item === 'object'))
    return counted(value.length, 'entry', 'entries');
  const text = Array.isArray(value)
    ? value.map(String).join(', ')
    : typeof value === 'string'
      ? oneLine(value)
      : JSON.stringify(value);
  return masked(collections[aggregate] ?? '', field, shortened(text, longest));
};
