import { isReadable, type StoredEvent, type UnreadableEvent } from '../../../eventstore/stored-event.ts';
import { isPerRecord, type Projection, type Row, type Rows, recordKey } from '../../projection.ts';
import { type Sandbox, TimeLimitExceeded } from '../builds/sandbox.ts';
import { blankRow } from './blank-row.ts';

/** Why an event was not applied. `follows`: an earlier event of its record is parked, and order matters. */
export type ParkCause = 'handler' | 'time-limit' | 'unreadable' | 'database' | 'follows';

export type ParkedEvent = {
  readonly event: StoredEvent | UnreadableEvent;
  readonly cause: ParkCause;
  readonly message: string;
};

/** Rows by table and key; `null`: the row does not exist. */
export type RowsByTable = Map<string, Map<string, Row | null>>;

export type Folded = {
  readonly parked: readonly ParkedEvent[];
  /** How many events a handler accepted. */
  readonly handled: number;
};

/** What folding has changed and the tables do not have yet. */
export type Changes = {
  /** The rows to write; `null`: to be removed. */
  readonly changed: RowsByTable;
  /** The keys of those that the tables do not have at all, by table. */
  readonly created: ReadonlyMap<string, Set<string>>;
};

export const noChanges = (projection: Projection): Changes => ({
  changed: noRows(projection),
  created: new Map(Object.keys(projection.tables).map((name) => [name, new Set()])),
});

export const noRows = (projection: Projection): RowsByTable =>
  new Map(Object.keys(projection.tables).map((name) => [name, new Map()]));

/**
 * Whether an event concerns the projection: it handles the type, or the event is unreadable and belongs to one of its
 * records.
 */
export const concerns = (projection: Projection): ((event: StoredEvent | UnreadableEvent) => boolean) => {
  const types = new Set(projection.eventTypes);
  const prefixes = projection.categories.map((category) => `${category}-`);
  // In this order: to find out whether an event is readable takes parsing it.
  return (event) =>
    prefixes.some((prefix) => event.streamName.startsWith(prefix)) && (types.has(event.type) || !isReadable(event));
};

/**
 * Passes events to the projection's handlers, in order, with rows in memory. A rejected event is parked, together with
 * everything that follows it in the same stream (also of `parkedStreams`), and leaves no trace in the rows.
 *
 * @param known the rows of every record concerned, as they are in the tables; is kept up to date
 * @param changes what has to be written; new changes are added
 * @param limitMs the time limit of the handler for one event
 */
export const foldEvents = (
  sandbox: Sandbox,
  events: readonly (StoredEvent | UnreadableEvent)[],
  known: RowsByTable,
  changes: Changes,
  parkedStreams: ReadonlySet<string>,
  limitMs: number,
): Folded => {
  const { projection } = sandbox;
  const parked: ParkedEvent[] = [];
  const parkedHere = new Set<string>();
  const session = openSession(projection, known, changes);
  let handled = 0;
  let next = 0;

  const park = (event: StoredEvent | UnreadableEvent, cause: ParkCause, message: string) => {
    parked.push({ event, cause, message });
    parkedHere.add(event.streamName);
  };
  // Mostly nothing is parked, and then the name need not even be hashed.
  const isParked = (streamName: string): boolean =>
    (parkedStreams.size > 0 && parkedStreams.has(streamName)) || (parkedHere.size > 0 && parkedHere.has(streamName));
  const one = (event: StoredEvent | UnreadableEvent) => {
    if (isParked(event.streamName)) {
      park(event, 'follows', 'an earlier event of the same record is parked');
    } else if (!isReadable(event)) {
      park(event, 'unreadable', event.unreadable.message);
    } else {
      try {
        session.begin(event.streamName);
        projection.handle(event, session.rows);
      } catch (error) {
        session.abandon();
        park(event, 'handler', messageOf(error));
        return;
      }
      session.commit();
      handled++;
    }
  };
  /** Runs events up to `end`. The time limit is for all of them together, so it may hit an innocent one. */
  const runTo = (end: number) =>
    sandbox.run(() => {
      for (; next < end; next++) one(events[next]!);
    }, limitMs);

  while (next < events.length) {
    try {
      runTo(Math.min(next + slice, events.length));
    } catch (error) {
      if (!(error instanceof TimeLimitExceeded)) throw error;
      session.abandon();
      try {
        runTo(next + 1); // alone, with the whole limit to itself
      } catch (again) {
        if (!(again instanceof TimeLimitExceeded)) throw again;
        session.abandon();
        park(events[next]!, 'time-limit', again.message);
        next++;
      }
    }
  }
  return { parked, handled };
};

/**
 * How many events share one time limit: few enough to take far less than that, and many enough to make its cost (90 µs, and a thread)
 * negligible.
 */
const slice = 4_000;

const openSession = (projection: Projection, known: RowsByTable, { changed, created }: Changes) => {
  const keyOf = new Map(
    Object.entries(projection.tables).map(([name, { key }]) => [
      name,
      key.length === 1
        ? (row: Row) => String(row[key[0]!])
        : (row: Row) => JSON.stringify(key.map((column) => row[column])),
    ]),
  );
  const perRecord = new Set(Object.keys(projection.tables).filter((name) => isPerRecord(projection.tables[name]!)));
  let record = '';
  let writes: { table: string; key: string; row: Row | null; patch: boolean }[] = [];
  const rows: Rows = {
    get(table) {
      if (!perRecord.has(table)) throw new Error(`${table} has no row per record to get`);
      for (let index = writes.length - 1; index >= 0; index--) {
        const write = writes[index]!;
        if (write.table !== table || write.key !== record) continue;
        if (write.patch) throw new Error(`${table} was patched: get its row first`);
        return write.row ?? undefined;
      }
      return known.get(table)?.get(record) ?? undefined;
    },
    put(table, row) {
      const key = keyOf.get(table)?.(row);
      if (key === undefined) throw new Error(`there is no table ${table}`);
      if (perRecord.has(table) && key !== record) throw new Error(`the row of ${table} is of another record`);
      writes.push({ table, key, row, patch: false });
    },
    patch(table, changes) {
      if (!perRecord.has(table)) throw new Error(`${table} has no row per record to patch`);
      writes.push({ table, key: record, row: changes, patch: true });
    },
    remove(table) {
      if (!perRecord.has(table)) throw new Error(`${table} has no row per record to remove`);
      writes.push({ table, key: record, row: null, patch: false });
    },
  };
  return {
    rows,
    begin(streamName: string) {
      record = recordKey(streamName);
    },
    commit() {
      for (const { table, key, row, patch } of writes) {
        const rows = known.get(table)!;
        const waiting = changed.get(table)!;
        const before = rows.get(key);
        // In place, because copying rows with forty columns took as long as all other folding.
        const now = patch ? Object.assign(before ?? blankRow(projection.tables[table]!), row) : row;
        if (perRecord.has(table)) {
          if (before === null && !waiting.has(key)) created.get(table)!.add(key);
          if (now !== before) rows.set(key, now);
        }
        waiting.set(key, now);
      }
      if (writes.length > 0) writes = [];
    },
    abandon() {
      writes = [];
    },
  };
};

/** What was thrown comes from the sandbox, which has its own `Error` class. */
const messageOf = (error: unknown): string => {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message !== '' ? message : String(error);
};
