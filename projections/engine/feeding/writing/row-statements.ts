import { storableJson } from '../../../../platform/database/storable.ts';
import type { Row } from '../../../projection.ts';
import { copyText } from '../../builds/copy-text.ts';
import type { TableSql } from '../../builds/tables.ts';
import { type Database, query } from '../../database.ts';
import type { Changes } from '../fold.ts';
import type { RunningBuild } from '../running-build.ts';

type RowStatement = { readonly sql: string; readonly parameters: readonly unknown[] };

/** From how many rows on it is worth the additional statements to send them by COPY. */
const manyRows = 100;

/** What writes rows that changed, as they are now. */
export const rowStatements = ({ sql }: Pick<RunningBuild, 'sql'>, { changed, created }: Changes): RowStatement[] =>
  sql.flatMap((table) => {
    const added: Row[] = [];
    const replaced: Row[] = [];
    const removed: string[] = [];
    const news = created.get(table.name)!;
    for (const [key, row] of changed.get(table.name)!) {
      if (row === null) removed.push(key);
      else if (table.table.appendOnly || news.has(key)) added.push(row);
      else replaced.push(row);
    }
    return [
      ...(removed.length > 0 ? [{ sql: table.remove, parameters: [removed] }] : []),
      ...(added.length >= manyRows
        ? [{ sql: table.copy, parameters: [copyText(added, table.table)] }, ...upserts(table, replaced)]
        : upserts(table, [...added, ...replaced])),
    ];
  });

const upserts = ({ table, upsert, staged }: TableSql, rows: readonly Row[]): RowStatement[] => {
  if (rows.length === 0) return [];
  if (rows.length < manyRows) return [{ sql: upsert, parameters: [storableJson(rows)] }];
  return [
    { sql: staged.create, parameters: [] },
    { sql: staged.copy, parameters: [copyText(rows, table)] },
    { sql: staged.upsert, parameters: [] },
  ];
};

/** Runs the statements, and lets go of each: they may be some MB. */
export const writeRows = async (trx: Database, statements: RowStatement[]): Promise<void> => {
  for (let next = statements.shift(); next !== undefined; next = statements.shift()) {
    await query(trx, next.sql, next.parameters);
  }
};
