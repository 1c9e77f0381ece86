import { columnName, type Projection, type Table } from '../../projection.ts';

/** The SQL for one table of one build. */
export type TableSql = {
  readonly name: string;
  readonly table: Table;
  /** Writes rows (`$1`, a JSON array with camelCase names), inserting them or replacing the ones with the same keys. */
  readonly upsert: string;
  /** Inserts rows whose keys are new; its parameter is `copyText`. */
  readonly copy: string;
  /** Writes many rows as `upsert` does, by way of a temporary table: create it, fill it (with `copyText`), upsert. */
  readonly staged: { readonly create: string; readonly copy: string; readonly upsert: string };
  /** Returns `rows`, a JSON array of the rows with these keys (`$1`); only for tables with one row per record. */
  readonly load: string;
  /** Removes the rows with these keys (`$1`); only for tables with one row per record. */
  readonly remove: string;
};

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const tableSql = (schema: string, projection: Projection): TableSql[] =>
  Object.entries(projection.tables).map(([name, table]) => {
    const place = `${quote(schema)}.${quote(name)}`;
    const names = Object.keys(table.columns);
    const columns = names.map((column) => quote(columnName(column)));
    const key = table.key.map((column) => quote(columnName(column)));
    const others = columns.filter((column) => !key.includes(column));
    const record = names.map((column) => `${quote(column)} ${table.columns[column]}`);
    const aliased = names.map((column, index) => `${columns[index]} as ${quote(column)}`);
    const onConflict =
      others.length === 0
        ? 'do nothing'
        : `do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`;
    const into = `insert into ${place} (${columns.join(', ')})`;
    const orReplace = `on conflict (${key.join(', ')}) ${onConflict}`;
    const stage = `pg_temp.${quote(`staged_${name}`.slice(0, 60))}`;
    return {
      name,
      table,
      upsert:
        `${into} select ${names.map(quote).join(', ')} ` +
        `from json_to_recordset($1::json) as r(${record.join(', ')}) ${orReplace}`,
      copy: `copy ${place} (${columns.join(', ')}) from stdin`,
      staged: {
        create: `create temporary table ${stage} (like ${place}) on commit drop`,
        copy: `copy ${stage} (${columns.join(', ')}) from stdin`,
        upsert: `${into} select ${columns.join(', ')} from ${stage} ${orReplace}`,
      },
      load:
        `select coalesce(json_agg(r), '[]')::text as rows ` +
        `from (select ${aliased.join(', ')} from ${place} where ${key[0]} = any($1::text[])) r`,
      remove: `delete from ${place} where ${key[0]} = any($1::text[])`,
    };
  });

/**
 * The statements that create a build's schema and tables. Indexes come later, because filling a table without them is
 * faster.
 */
export const createStatements = (schema: string, projection: Projection): string[] => [
  `create schema ${quote(schema)}`,
  ...Object.entries(projection.tables).map(([name, { columns, key }]) => {
    const defined = Object.entries(columns).map(([column, type]) => `${quote(columnName(column))} ${type}`);
    const primary = `primary key (${key.map((column) => quote(columnName(column))).join(', ')})`;
    // Rows are updated in place again and again; free space on their page keeps the indexes unchanged.
    return `create table ${quote(schema)}.${quote(name)} (${[...defined, primary].join(', ')}) with (fillfactor = 80)`;
  }),
];

export const indexStatements = (schema: string, projection: Projection): string[] =>
  Object.entries(projection.tables).flatMap(([name, { indexes = [] }]) =>
    indexes.map(({ columns, using = 'btree', where }) => {
      const on = columns.map(columnName);
      const index = [name, ...on, 'idx'].join('_').slice(0, 60);
      const only = where === undefined ? '' : ` where ${where}`;
      return (
        `create index if not exists ${quote(index)} on ${quote(schema)}.${quote(name)} ` +
        `using ${using} (${on.map(quote).join(', ')})${only}`
      );
    }),
  );

/**
 * Statements for a transaction that give the planner a rough idea of a build's tables: from 3,000 rows of each, where
 * all columns of 30,000 rows took 4 to 8 % of a rebuild. Because the columns are named, autovacuum still takes its own,
 * thorough sample within a minute or two.
 */
export const analyzeStatements = (schema: string, projection: Projection): string[] => [
  'set local default_statistics_target = 10',
  ...Object.entries(projection.tables).map(([name, { columns }]) => {
    const all = Object.keys(columns).map((column) => quote(columnName(column)));
    return `analyze ${quote(schema)}.${quote(name)} (${all.join(', ')})`;
  }),
];

/** The expected columns of a build's tables, as `table.column type [not null]`, sorted. */
export const expectedShape = (projection: Projection): string[] =>
  Object.entries(projection.tables)
    .flatMap(([name, { columns, key }]) =>
      Object.entries(columns).map(
        ([column, type]) =>
          `${name}.${columnName(column)} ${fullTypeName(type)}${key.includes(column) ? ' not null' : ''}`,
      ),
    )
    .sort();

const fullTypeName = (type: string): string => (type === 'timestamptz' ? 'timestamp with time zone' : type);
