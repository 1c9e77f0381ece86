import type { Row, Table } from '../../../projection.ts';

const blanks = new WeakMap<Table, Row>();

/**
 * An empty row with all its columns. V8 turns an object that grows to forty properties into a hash table, which takes
 * four times the memory and twice the time to write as JSON.
 */
export const blankRow = (table: Table): Row => {
  let blank = blanks.get(table);
  if (blank === undefined) {
    const columns = Object.keys(table.columns);
    // From JSON, because an object that is built up here would become such a hash table.
    blank = JSON.parse(`{${columns.map((column) => `${JSON.stringify(column)}:null`).join()}}`) as Row;
    // Undefined rather than null, because JSON leaves it out and it need not be sent to PostgreSQL.
    for (const column of columns) blank[column] = undefined;
    blanks.set(table, blank);
  }
  return { ...blank };
};
