import type { Row, Table } from '../../../projection.ts';
import { blankRow } from './blank-row.ts';
import { readText, type StoredText, type TextStore } from './text-store.ts';

/**
 * A row as a rebuild keeps it: one text for all the values it once had, outside of V8's heap, and an object with those that have
 * changed since. That takes a third of the memory of an object with forty values, and gives the garbage collector less to follow.
 * Most events change a few columns of a row without looking at the others.
 */
export class KeptRow {
  /** The values of the columns that have one, as a JSON array. */
  private readonly values: StoredText;
  /** For each column, whether it has one of the values: `1` or `0`. */
  private readonly present: string;
  private changes: Row | undefined;
  private shared = false;

  constructor(values: StoredText, present: string, changes?: Row) {
    this.values = values;
    this.present = present;
    this.changes = changes;
  }

  /** The row with changes: this same one or, if it is shared, a copy. */
  with(changes: Row): KeptRow {
    if (this.shared) return new KeptRow(this.values, this.present, { ...this.changes, ...changes });
    this.changes = this.changes === undefined ? { ...changes } : Object.assign(this.changes, changes);
    return this;
  }

  /** From now on, changes go into a copy, because this one is being written as it is. */
  share(): this {
    this.shared = true;
    return this;
  }

  /** A value, as far as it is known without reading the text; otherwise `unknown`. */
  peek(column: string, index: number): unknown {
    const { changes } = this;
    if (changes !== undefined && column in changes) return changes[column];
    return this.present.charCodeAt(index) === one ? unknown : undefined;
  }

  /** The whole row. */
  open(table: Table): Row {
    const row = blankRow(table);
    const { columns } = layoutOf(table);
    const values: unknown[] = [];
    this.list(table, values);
    for (let index = 0; index < columns.length; index++) row[columns[index]!] = values[index];
    return row;
  }

  /** Puts the values of all columns into a list, in their order: cheaper than `open`. */
  list(table: Table, into: unknown[]): void {
    const { present, changes } = this;
    const values = JSON.parse(readText(this.values)) as unknown[];
    let next = 0;
    for (let index = 0; index < present.length; index++) {
      into[index] = present.charCodeAt(index) === one ? values[next++] : undefined;
    }
    if (changes === undefined) return;
    const { index } = layoutOf(table);
    for (const column in changes) {
      const at = index.get(column);
      if (at !== undefined) into[at] = changes[column];
    }
  }
}

const one = '1'.charCodeAt(0);
const unknown = Symbol('unknown');

/** Narrow rows take no less memory as text. */
const minColumns = 12;

/** Whether rows of a table are worth keeping as text. */
export const isWide = (table: Table): boolean => layoutOf(table).columns.length >= minColumns;

export const keepRow = (row: Row, table: Table, store: TextStore): KeptRow => {
  const { columns, patterns } = layoutOf(table);
  const values: unknown[] = [];
  let present = '';
  for (const column of columns) {
    const value = row[column];
    if (value === undefined || value === null) present += '0';
    else {
      present += '1';
      values.push(value);
    }
  }
  // Most rows have values in the same columns: one text for all of those.
  const same = patterns.get(present);
  if (same === undefined && patterns.size < maxPatterns) patterns.set(present, present);
  return new KeptRow(store.add(JSON.stringify(values)), same ?? present);
};

const maxPatterns = 10_000;

/** A row, however it is kept. */
export const openRow = (row: Row | KeptRow, table: Table): Row => (row instanceof KeptRow ? row.open(table) : row);

/** A row for handlers, which mostly look at few of its columns, or none: opened when they do. */
export const viewRow = (kept: Row | KeptRow, table: Table): Row =>
  kept instanceof KeptRow ? (new Proxy<View>({ kept, table, row: undefined }, view) as unknown as Row) : kept;

type View = { readonly kept: KeptRow; readonly table: Table; row: Row | undefined };

const opened = (target: View): Row => {
  target.row ??= target.kept.open(target.table);
  return target.row;
};

const view: ProxyHandler<View> = {
  get(target, column) {
    const index =
      target.row === undefined && typeof column === 'string' ? layoutOf(target.table).index.get(column) : undefined;
    const value = index === undefined ? unknown : target.kept.peek(column as string, index);
    return value === unknown ? Reflect.get(opened(target), column) : value;
  },
  // A handler may do anything with its copy: only what it puts counts.
  has: (target, column) => Reflect.has(opened(target), column),
  ownKeys: (target) => Reflect.ownKeys(opened(target)),
  getOwnPropertyDescriptor: (target, column) => Reflect.getOwnPropertyDescriptor(opened(target), column),
  set: (target, column, value) => Reflect.set(opened(target), column, value),
  deleteProperty: (target, column) => Reflect.deleteProperty(opened(target), column),
};

type Layout = {
  readonly columns: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  /** The combinations of columns with values that have occurred. */
  readonly patterns: Map<string, string>;
};

const layouts = new WeakMap<Table, Layout>();

const layoutOf = (table: Table): Layout => {
  let layout = layouts.get(table);
  if (layout === undefined) {
    const columns = Object.keys(table.columns);
    layout = { columns, index: new Map(columns.map((column, index) => [column, index])), patterns: new Map() };
    layouts.set(table, layout);
  }
  return layout;
};
