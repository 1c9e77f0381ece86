import type { StoredEvent } from '../eventstore/stored-event.ts';

/** The column types a read model may have. Money is numeric(14,2); lists are text[]; structures are jsonb. */
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

/** Columns by their camelCase names; in PostgreSQL they are called the same in snake_case. */
export type Columns = Readonly<Record<string, ColumnType>>;

export type Index = { readonly columns: readonly string[]; readonly using?: 'btree' | 'gin'; readonly where?: string };

export type Table = {
  readonly columns: Columns;
  /**
   * The columns that tell one row from all others. A key that is `record` alone makes it a table of one row per record, which
   * handlers can `get`; rows of other tables are only written.
   */
  readonly key: readonly string[];
  /** The column that holds the key of the record whose events made the row. */
  readonly record: string;
  readonly indexes?: readonly Index[];
  /** Memory of the projection's own: no view is made of it. */
  readonly internal?: boolean;
};

/** A row as handlers see it: camelCase names, JSON values, times as ISO 8601 text; a missing value is null. */
export type Row = Record<string, unknown>;

/** What a handler may do with the rows of the record whose event it is given. */
export type Rows = {
  /** The record's row in a table of one row per record. Not to be changed in place: `put` the new one. */
  get(table: string): Row | undefined;
  /** Inserts the row, or replaces the one with the same key. */
  put(table: string, row: Row): void;
  /** Changes the record's row in a table of one row per record, or begins it: cheaper than to `put` a row of many columns. */
  patch(table: string, changes: Row): void;
  /** Removes the record's row from a table of one row per record. */
  remove(table: string): void;
};

/**
 * A read model and how it follows from events. Pure: the same events give the same rows, whenever and however often, because
 * a rebuild must. No clock, no randomness, no I/O: what is not in the event is not there.
 *
 * What a record's rows are follows from that record's own events alone. That is what lets one broken event be parked
 * without holding up the rest, and be caught up on later with the very rows that a clean run would have given.
 */
export type Projection = {
  /** Also the name of its schema, `<name>_v<version>`. snake_case. */
  readonly name: string;
  /** Raised when a column goes or comes to mean something else. A new field or a fixed handler may keep it: builds are told apart anyway. */
  readonly version: number;
  /** By name; each that is not `internal` is read through the view `read.<table>`. */
  readonly tables: Readonly<Record<string, Table>>;
  /** Streams of these categories are read (`listing` for `listing-<key>`). */
  readonly categories: readonly string[];
  /** The event types it handles. */
  readonly eventTypes: readonly string[];
  /** @throws when it cannot make sense of the event, which is then parked. */
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

/** The key of a record: what follows the category in its stream's name. */
export const recordKey = (streamName: string): string => streamName.slice(streamName.indexOf('-') + 1);

/** The category of a stream: what comes before the first dash. */
export const streamCategory = (streamName: string): string => {
  const dash = streamName.indexOf('-');
  return dash < 0 ? streamName : streamName.slice(0, dash);
};
