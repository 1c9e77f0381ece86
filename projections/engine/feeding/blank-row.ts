import type { Row, Table } from '../../projection.ts';

const blanks = new WeakMap<Table, Row>();

/**
 * A row with nothing in it, to be filled column by column. All its columns are there from the beginning, because V8 keeps an
 * object that grows to forty properties as a hash table: four times the memory, and twice the time to write it as JSON.
 */
export const blankRow = (table: Table): Row => {
  let blank = blanks.get(table);
  if (blank === undefined) {
    const columns = Object.keys(table.columns);
    // From JSON, because an object that is filled here would be such a hash table.
    blank = JSON.parse(`{${columns.map((column) => `${JSON.stringify(column)}:null`).join()}}`) as Row;
    // Not null: what JSON leaves out need not be sent to PostgreSQL.
    for (const column of columns) blank[column] = undefined;
    blanks.set(table, blank);
  }
  return { ...blank };
};
