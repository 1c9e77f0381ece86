import { errorCode } from '../../../platform/errors.ts';
import { columnName, type Projection } from '../../projection.ts';
import { type Database, query } from '../database.ts';
import { quote } from './tables.ts';

/**
 * Points the stable views `read.<table>` at a build. Call it in the transaction that makes the build live, so that
 * readers see either the old or the new one.
 *
 * @param newer the projection of a later release: columns that it has and the build lacks are shown as empty
 */
export const pointViewsAt = async (
  trx: Database,
  schema: string,
  projection: Projection,
  newer: Projection = projection,
): Promise<void> => {
  for (const [name, { columns, internal }] of Object.entries(projection.tables)) {
    if (internal) continue;
    const selected = new Map(Object.keys(columns).map((column) => [columnName(column), quote(columnName(column))]));
    for (const [column, type] of Object.entries(newer.tables[name]?.columns ?? {})) {
      const shown = columnName(column);
      if (!selected.has(shown)) selected.set(shown, `null::${type} as ${quote(shown)}`);
    }
    const list = (await inOrderOf(trx, name, [...selected.keys()])).map((column) => selected.get(column)!);
    const select = `select ${list.join(', ')} from ${quote(schema)}.${quote(name)}`;
    const view = `read.${quote(name)}`;
    // Replacing keeps the grants on the view and what others built on it, but only works if no column disappears or
    // changes its type, and new ones come last. Otherwise the view has to be recreated.
    await query(trx, 'savepoint before_view');
    try {
      await query(trx, `create or replace view ${view} as ${select}`);
    } catch (error) {
      if (errorCode(error) !== '42P16') throw error;
      await query(trx, 'rollback to savepoint before_view');
      await query(trx, `drop view ${view}`);
      await query(trx, `create view ${view} as ${select}`);
    }
    await query(trx, 'release savepoint before_view');
  }
};

/** The columns in the order in which the view already has them, new ones last. */
const inOrderOf = async (trx: Database, view: string, columns: readonly string[]): Promise<string[]> => {
  const rows = await query<{ attname: string }>(
    trx,
    `select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [`read.${quote(view)}`],
  );
  const known = rows.map(({ attname }) => attname).filter((column) => columns.includes(column));
  return [...known, ...columns.filter((column) => !known.includes(column))];
};
