import type { DomainEvent } from '../domain/events.ts';
import type { StoredEvent } from '../eventstore/stored-event.ts';
import { type Columns, type Index, type Projection, type Row, recordKey, type Table } from './projection.ts';

/**
 * An event's changes to its record's row; `null` empties a column, and a missing or `undefined` one stays unchanged.
 */
export type Patch = Readonly<Record<string, unknown>>;

/** One handler for each event type of the aggregate: a missing one is a type error. */
export type PatchHandlers<Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (
    data: Extract<Event, { type: Type }>['data'],
    row: Readonly<Row>,
    event: StoredEvent,
  ) => Patch | typeof removed;
};

/** Removes the record's row: the record has ended, and no further event can follow. */
export const removed: unique symbol = Symbol('removed');

/** Columns that every record has in addition: when and by which event it was last touched. */
const bookkeeping = { updatedAt: 'timestamptz', revision: 'bigint', position: 'bigint' } as const;

/**
 * A projection with one row per record, whose columns are known to the type checker (see tables/database.ts).
 */
export type RecordProjection<Name extends string, Key extends string, Own extends Columns> = Omit<
  Projection,
  'tables'
> & {
  readonly tables: {
    readonly [table in Name]: Omit<Table, 'columns' | 'key'> & {
      readonly columns: Readonly<Record<Key, 'text'>> & Own & typeof bookkeeping;
      readonly key: readonly [Key];
    };
  };
};

/**
 * The usual read model: one row per record. `created` names the event type that a record begins with; an event of a
 * record that has not begun is rejected (and parked), because something is missing.
 *
 * It is called twice because TypeScript infers either all type arguments or none: the events are given, the columns
 * inferred.
 *
 * @example recordProjection<AgentEvent>()({ name: 'agents', version: 1, category: 'agent', key: 'memberKey', created:
 * 'AgentJoined', columns: { memberFullName: 'text' }, handlers: { AgentJoined: (data) => data, … } })
 */
export const recordProjection =
  <Event extends DomainEvent>() =>
  <const Name extends string, const Key extends string, const Own extends Columns>(spec: {
    readonly name: Name;
    readonly version: number;
    readonly category: string;
    readonly key: Key;
    /** The event types with which a record begins, or begins again after it was removed. */
    readonly created: Event['type'] | readonly Event['type'][];
    readonly columns: Own;
    readonly indexes?: readonly Index[];
    readonly handlers: PatchHandlers<Event>;
  }): RecordProjection<Name, Key, Own> => {
    const { name, version, category, key, created, indexes = [] } = spec;
    const beginnings: ReadonlySet<string> = new Set([created].flat());
    const handlers = spec.handlers as Readonly<
      Record<string, (data: unknown, row: Readonly<Row>, event: StoredEvent) => Patch | typeof removed>
    >;
    const projection: Projection = {
      name,
      version,
      categories: [category],
      eventTypes: Object.keys(handlers),
      tables: {
        [name]: { columns: { [key]: 'text', ...spec.columns, ...bookkeeping }, key: [key], record: key, indexes },
      },
      handle(event, rows) {
        const before = rows.get(name);
        if (before === undefined && !beginnings.has(event.type)) {
          throw new Error(`${event.type} of a record that has no ${[...beginnings][0]}`);
        }
        const patch = handlers[event.type]!(event.event.data, before ?? {}, event);
        if (patch === removed) return rows.remove(name);
        rows.patch(name, {
          ...withoutUndefined(patch),
          [key]: recordKey(event.streamName),
          updatedAt: timeText(event.created),
          revision: Number(event.revision),
          position: Number(event.position.commit),
        });
      },
    };
    return projection as RecordProjection<Name, Key, Own>;
  };

let lastTime = { ms: Number.NaN, text: '' };

/**
 * `toISOString`, which took a tenth of folding. Many events of an import have the same millisecond, so the last text is
 * kept.
 */
const timeText = (time: Date): string => {
  const ms = time.getTime();
  if (ms !== lastTime.ms) lastTime = { ms, text: time.toISOString() };
  return lastTime.text;
};

/**
 * `({ city }) => ({ city })` for an event without a city must not empty the column. Events are JSON and have no
 * `undefined`.
 */
const withoutUndefined = (patch: Patch): Patch => {
  for (const column in patch) {
    if (patch[column] === undefined) {
      return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    }
  }
  return patch;
};

/** The list with new items appended. */
export const union = (list: unknown, more: readonly string[]): string[] => [
  ...new Set([...((list as string[] | null | undefined) ?? []), ...more]),
];

/** The list without some of its items. */
export const without = (list: unknown, less: readonly string[]): string[] =>
  ((list as string[] | null | undefined) ?? []).filter((item) => !less.includes(item));

/**
 * The former values of a column, with the one that a change replaces appended; `undefined` when it replaces none. The
 * row is read only if the change has a value, because reading it may cost more than the rest of the event.
 */
export const withFormer = (
  row: Readonly<Row>,
  list: string,
  before: (row: Readonly<Row>) => unknown,
  after: unknown,
): string[] | undefined => {
  if (after === undefined) return undefined;
  const replaced = before(row);
  return typeof replaced === 'string' && after !== replaced ? union(row[list], [replaced]) : undefined;
};
