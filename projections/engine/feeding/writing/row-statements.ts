import { storableJson } from '../../../../platform/database/storable.ts';
import type { Row, Table } from '../../../projection.ts';
import { copyText } from '../../builds/copy-text.ts';
import type { TableSql } from '../../builds/tables.ts';
import { type Database, query } from '../../database.ts';
import type { Changes } from '../fold.ts';
import type { AppendedText } from '../keeping/appended-text.ts';
import { KeptRow, openRow } from '../keeping/kept-row.ts';
import type { RunningBuild } from '../running-build.ts';

type RowStatement = { readonly sql: string; readonly parameters: readonly unknown[] };

/** The number of rows from which COPY is worth its additional statements. */
export const manyRows = 100;

/**
 * The statements that write changed rows as they are now.
 * @param appended rows of append-only tables, by table, as the text of a COPY
 */
export const rowStatements = (
  { sql }: Pick<RunningBuild, 'sql'>,
  { changed, created }: Changes,
  appended?: ReadonlyMap<string, AppendedText>,
): RowStatement[] =>
  sql.flatMap((table) => {
    const added: (Row | KeptRow)[] = [];
    const replaced: (Row | KeptRow)[] = [];
    const removed: string[] = [];
    const news = created.get(table.name)!;
    for (const [key, row] of changed.get(table.name)!) {
      if (row === null) removed.push(key);
      else if (table.table.appendOnly || news.has(key)) added.push(row);
      else replaced.push(row);
    }
    const text = appended?.get(table.name);
    return [
      ...(removed.length > 0 ? [{ sql: table.remove, parameters: [removed] }] : []),
      ...(text === undefined ? [] : [{ sql: table.copy, parameters: [text.read()] }]),
      ...(added.length >= manyRows
        ? [{ sql: table.copy, parameters: [textOf(added, table.table)] }, ...upserts(table, replaced)]
        : upserts(table, [...added, ...replaced])),
    ];
  });

const upserts = ({ table, upsert, staged }: TableSql, rows: readonly (Row | KeptRow)[]): RowStatement[] => {
  if (rows.length === 0) return [];
  if (rows.length < manyRows) {
    return [{ sql: upsert, parameters: [storableJson(rows.map((row) => openRow(row, table)))] }];
  }
  return [
    { sql: staged.create, parameters: [] },
    { sql: staged.copy, parameters: [textOf(rows, table)] },
    { sql: staged.upsert, parameters: [] },
  ];
};

/** The text is made as it is sent, unless folding may change the rows by then. */
const textOf = (rows: readonly (Row | KeptRow)[], table: Table): Iterable<Buffer> => {
  if (!rows.every((row) => row instanceof KeptRow)) {
    return [
      ...copyText(
        rows.map((row) => openRow(row, table)),
        table,
      ),
    ];
  }
  for (const row of rows) row.share();
  return copyText(rows, table, (row, into) => row.list(table, into));
};

/** Runs the statements, and lets go of each: they may be some MB. */
export const writeRows = async (trx: Database, statements: RowStatement[]): Promise<void> => {
  for (let next = statements.shift(); next !== undefined; next = statements.shift()) {
    await query(trx, next.sql, next.parameters);
  }
};
