import {
  type EventEnvelope,
  envelopeOf,
  isReadable,
  type StoredEvent,
  type UnreadableEvent,
} from '../../../eventstore/stored-event.ts';
import { isPerRecord, type Projection, type Row, type Rows, recordKey, type Table } from '../../projection.ts';
import { type Sandbox, TimeLimitExceeded } from '../builds/sandbox.ts';
import { blankRow } from './keeping/blank-row.ts';
import { isWide, KeptRow, viewRow } from './keeping/kept-row.ts';

/** Why an event was not applied. `follows`: an earlier event of its record is parked, and order matters. */
export type ParkCause = 'handler' | 'time-limit' | 'unreadable' | 'database' | 'follows';

export type ParkedEvent = {
  readonly event: EventEnvelope;
  readonly cause: ParkCause;
  readonly message: string;
};

/** Rows by table and key; `null`: the row does not exist. */
export type RowsByTable = Map<string, Map<string, Row | KeptRow | null>>;

export type Folded = {
  readonly parked: readonly ParkedEvent[];
  /** How many events a handler accepted. */
  readonly handled: number;
};

/** What folding has changed and the tables do not have yet. */
export type Changes = {
  /**
   * The rows to write; `null`: to be removed. Those of append-only tables are identified by a number instead of their
   * key.
   */
  readonly changed: RowsByTable;
  /** The keys of those that are new to the tables, by table. */
  readonly created: ReadonlyMap<string, Set<string>>;
  /** The keys of those that are still objects and could be kept as `KeptRow`, by table. */
  readonly loose: ReadonlyMap<string, Set<string>>;
};

export const noChanges = (projection: Projection): Changes => ({
  changed: noRows(projection),
  created: noKeys(projection),
  loose: noKeys(projection),
});

const noKeys = (projection: Projection): Map<string, Set<string>> =>
  new Map(Object.keys(projection.tables).map((name) => [name, new Set()]));

export const noRows = (projection: Projection): RowsByTable =>
  new Map(Object.keys(projection.tables).map((name) => [name, new Map()]));

/**
 * Whether an event concerns the projection: it handles the type, or the event is unreadable and belongs to one of its
 * records.
 */
export const concerns = (projection: Projection): ((event: StoredEvent | UnreadableEvent) => boolean) => {
  const types = new Set(projection.eventTypes);
  const prefixes = projection.categories.map((category) => `${category}-`);
  // A plain loop, because every event is offered to every build; and in this order, because it takes parsing an event to find out
  // whether it is readable.
  return (event) => {
    for (const prefix of prefixes) {
      if (event.streamName.startsWith(prefix)) return types.has(event.type) || !isReadable(event);
    }
    return false;
  };
};

/**
 * Passes events to the projection's handlers, in order, with rows in memory. A rejected event is parked, together with
 * everything that follows it in the same stream (also of `parkedStreams`), and leaves no trace in the rows.
 *
 * @param known the rows of every record concerned, as they are in the tables; is kept up to date
 * @param changes what has to be written; new changes are added
 * @param limitMs the time limit of the handler for one event
 */
export const foldEvents = (...given: Parameters<typeof openFolding>): Folded => openFolding(...given).finish();

/** Events on their way through a projection's handlers. */
export type Folding = {
  /**
   * Passes on what is left without a time limit of its own, for callers who set one for all builds together. That saves
   * a thread per build and batch, which `Sandbox.run` would start (and wait for on a busy machine). If the limit
   * interrupts it, call `finish` to go on.
   */
  rush(): void;
  /** Passes on what is left, with a time limit for each event. */
  finish(): Folded;
};

/** As `foldEvents`, in steps. */
export const openFolding = (
  sandbox: Sandbox,
  events: readonly (StoredEvent | UnreadableEvent)[],
  known: RowsByTable,
  changes: Changes,
  parkedStreams: ReadonlySet<string>,
  limitMs: number,
): Folding => {
  const { projection } = sandbox;
  const parked: ParkedEvent[] = [];
  const parkedHere = new Set<string>();
  const session = openSession(projection, known, changes);
  let handled = 0;
  let next = 0;

  const park = (event: StoredEvent | UnreadableEvent, cause: ParkCause, message: string) => {
    // A rebuild may park a million before it writes them.
    parked.push({ event: envelopeOf(event), cause, message });
    parkedHere.add(event.streamName);
  };
  // Usually nothing is parked; checking that first saves hashing the name.
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
  const passTo = (end: number) => {
    for (; next < end; next++) one(events[next]!);
  };
  /**
   * Recovers after an interruption, which may have hit an event that is not to blame. @returns whether the event at
   * `next` had already been accepted
   */
  const wasAccepted = (): boolean => {
    if (!session.recover()) return false;
    handled++;
    next++;
    return true;
  };

  return {
    rush: () => passTo(events.length),
    finish() {
      wasAccepted();
      while (next < events.length) {
        try {
          // The time limit is for all of them together.
          sandbox.run(() => passTo(Math.min(next + slice, events.length)), limitMs);
        } catch (error) {
          if (!(error instanceof TimeLimitExceeded)) throw error;
          if (wasAccepted()) continue;
          try {
            sandbox.run(() => passTo(next + 1), limitMs); // alone, with the whole limit to itself
          } catch (again) {
            if (!(again instanceof TimeLimitExceeded)) throw again;
            if (wasAccepted()) continue;
            park(events[next]!, 'time-limit', again.message);
            next++;
          }
        }
      }
      return { parked, handled };
    },
  };
};

/**
 * How many events share one time limit: few enough to take far less than that, and many enough to make its cost (90 µs, and a thread)
 * negligible.
 */
const slice = 4_000;

const openSession = (projection: Projection, known: RowsByTable, changes: Changes) => {
  const targets = new Map(
    Object.entries(projection.tables).map(([name, table]) => [name, targetOf(name, table, known, changes)]),
  );
  let record = '';
  let writes: Write[] = [];
  /** How many of them have been written; `null` before the event is accepted. */
  let written: number | null = null;
  const perRecord = (name: string, to: string): Target => {
    const target = targets.get(name);
    if (!target?.perRecord) throw new Error(`${name} has no row per record to ${to}`);
    return target;
  };
  const rows: Rows = {
    get(name) {
      const target = perRecord(name, 'get');
      for (let index = writes.length - 1; index >= 0; index--) {
        const write = writes[index]!;
        if (write.target !== target) continue;
        if (write.patch) throw new Error(`${name} was patched: get its row first`);
        return write.row ?? undefined;
      }
      const row = target.rows.get(record) ?? undefined;
      return row === undefined ? undefined : viewRow(row, target.table);
    },
    put(name, row) {
      const target = targets.get(name);
      if (target === undefined) throw new Error(`there is no table ${name}`);
      const key = target.keyOf(row);
      if (target.perRecord && key !== record) throw new Error(`the row of ${name} is of another record`);
      writes.push({ target, key, row, patch: false });
    },
    patch(name, changes) {
      writes.push({ target: perRecord(name, 'patch'), key: record, row: changes, patch: true });
    },
    remove(name) {
      writes.push({ target: perRecord(name, 'remove'), key: record, row: null, patch: false });
    },
  };
  const commit = () => {
    written ??= 0;
    for (; written < writes.length; written++) write(writes[written]!);
    if (writes.length > 0) writes = [];
    written = null;
  };
  return {
    rows,
    begin(streamName: string) {
      record = recordKey(streamName);
    },
    commit,
    abandon() {
      writes = [];
    },
    /** After a time limit has interrupted whatever was going on: an accepted event is written completely, any other not at all. */
    recover(): boolean {
      const accepted = written !== null;
      if (accepted) commit();
      writes = [];
      return accepted;
    },
  };
};

/** A change of an accepted event. Writing it twice does no harm. */
type Write = { readonly target: Target; key: string; readonly row: Row | null; readonly patch: boolean };

const write = (entry: Write): void => {
  const { target, key, row, patch } = entry;
  const { table, perRecord, appended, wide, rows, changed, created, loose } = target;
  if (!perRecord) {
    if (appended && key === '') entry.key = String(changed.size);
    changed.set(entry.key, row);
    return;
  }
  const before = rows.get(key);
  const now = patch ? patched(before, row!, table) : row;
  if (before === null && !changed.has(key)) created.add(key);
  if (now !== before) {
    rows.set(key, now);
    if (wide && !(now instanceof KeptRow)) loose.add(key);
  }
  changed.set(key, now);
};

/** A table that handlers write to, with those of its rows that are in memory. */
type Target = ReturnType<typeof targetOf>;

const targetOf = (name: string, table: Table, known: RowsByTable, { changed, created, loose }: Changes) => {
  const perRecord = isPerRecord(table);
  const appended = !perRecord && (table.appendOnly ?? false);
  const [first, ...more] = table.key;
  const keyOf = (row: Row): string => {
    if (appended) return '';
    return more.length === 0 ? String(row[first!]) : JSON.stringify(table.key.map((column) => row[column]));
  };
  return {
    ...{ table, perRecord, appended, wide: perRecord && isWide(table), keyOf },
    ...{ rows: known.get(name)!, changed: changed.get(name)!, created: created.get(name)!, loose: loose.get(name)! },
  };
};

/** In place, because copying rows with forty columns took as long as all other folding. */
const patched = (before: Row | KeptRow | null | undefined, changes: Row, table: Table): Row | KeptRow =>
  before instanceof KeptRow ? before.with(changes) : Object.assign(before ?? blankRow(table), changes);

/** What was thrown comes from the sandbox, which has its own `Error` class. */
const messageOf = (error: unknown): string => {
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message !== '' ? message : String(error);
};
