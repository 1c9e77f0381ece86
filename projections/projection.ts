import type { StoredEvent } from '../eventstore/stored-event.ts';

/** The column types that a read model may have. Money is numeric(14,2); lists are text[]; structures are jsonb. */
export type ColumnType =
  | 'text'
  | 'text[]'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'numeric(14,2)'
  | 'double precision'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'jsonb';

/** Columns by their camelCase names; in PostgreSQL they have the same names in snake_case. */
export type Columns = Readonly<Record<string, ColumnType>>;

export type Index = { readonly columns: readonly string[]; readonly using?: 'btree' | 'gin'; readonly where?: string };

export type Table = {
  readonly columns: Columns;
  /**
   * The columns that identify a row. If `record` is the whole key, the table has one row per record, which handlers can
   * `get`; rows of other tables are only written.
   */
  readonly key: readonly string[];
  /** The column with the key of the record whose events made the row. */
  readonly record: string;
  readonly indexes?: readonly Index[];
  /** No event writes a row that an earlier event has written. Such rows are written faster. */
  readonly appendOnly?: boolean;
  /** Private to the projection: it has no view. */
  readonly internal?: boolean;
};

/** A row as handlers see it: camelCase names, JSON values, times as ISO 8601 text; a missing value is null. */
export type Row = Record<string, unknown>;

/** What a handler can do with the rows of the event's record. */
export type Rows = {
  /** The record's row in a table with one row per record. Do not change it in place: `put` the new one. */
  get(table: string): Row | undefined;
  /** Inserts the row, or replaces the one with the same key. */
  put(table: string, row: Row): void;
  /** Changes or creates the record's row in a table with one row per record; cheaper than `put` for many columns. */
  patch(table: string, changes: Row): void;
  /** Removes the record's row from a table with one row per record. */
  remove(table: string): void;
};

/**
 * A read model and how it follows from events. Pure, because rebuilds require that the same events always make the same
 * rows: no clock, no randomness, no I/O, only the event's own data.
 *
 * The rows of a record depend only on that record's own events. So a broken event can be parked without holding up the
 * rest, and later be caught up on with exactly the rows of a clean run.
 */
export type Projection = {
  /** Also the prefix of its schema, `<name>_v<version>`. snake_case. */
  readonly name: string;
  /**
   * Increased when a column is removed or changes its meaning. A new field or a fixed handler does not need it, since
   * builds are distinguished anyway.
   */
  readonly version: number;
  /** By name; tables that are not `internal` are read through the view `read.<table>`. */
  readonly tables: Readonly<Record<string, Table>>;
  /** It reads streams of these categories (`listing` for `listing-<key>`). */
  readonly categories: readonly string[];
  /** The event types it handles. */
  readonly eventTypes: readonly string[];
  /** @throws if it cannot handle the event, which is then parked. */
  readonly handle: (event: StoredEvent, rows: Rows) => void;
};

/** `listPrice` → `list_price`, `internetAddressDisplayYN` → `internet_address_display_yn`, `mediaURL` → `media_url`. */
export const columnName = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** Whether a table has one row per record. */
export const isPerRecord = ({ key, record }: Table): boolean => key.length === 1 && key[0] === record;

/** The key of a record: the part of its stream's name after the category. */
export const recordKey = (streamName: string): string => streamName.slice(streamName.indexOf('-') + 1);
