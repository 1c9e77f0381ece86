import { type Kysely, sql } from 'kysely';

export type OpsTable = {
  readonly name: string;
  readonly comment: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly nullable: boolean;
    readonly default: string | null;
    readonly comment: string | null;
  }[];
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
};

/** The tables of `ops`, without those of the migrations themselves. */
export const readOpsTables = async (db: Kysely<unknown>): Promise<readonly OpsTable[]> => {
  const { rows } = await sql<OpsTable>`
    select relname as name, obj_description(pg_class.oid, 'pg_class') as comment,
      (select json_agg(json_build_object(
          'name', attname, 'type', format_type(atttypid, atttypmod), 'nullable', not attnotnull,
          'comment', col_description(pg_class.oid, attnum),
          'default', case when attidentity <> '' then 'generated as identity'
            else pg_get_expr(adbin, adrelid) end) order by attnum)
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid = pg_class.oid and attnum > 0 and not attisdropped) as columns,
      (select coalesce(json_agg(conname || ' ' || pg_get_constraintdef(oid) order by conname), '[]')
        from pg_constraint where conrelid = pg_class.oid and contype <> 'n') as constraints,
      (select coalesce(json_agg(pg_get_indexdef(indexrelid) order by pg_get_indexdef(indexrelid)), '[]')
        from pg_index where indrelid = pg_class.oid
          and not exists (select from pg_constraint where conindid = indexrelid and conrelid = pg_class.oid)) as indexes
    from pg_class where relnamespace = 'ops'::regnamespace and relkind = 'r' and relname !~ '_migrations(_lock)?$'
    order by relname`.execute(db);
  return rows;
};

/** The signatures of the functions and the names of the sequences in `ops`. */
export const readOpsOthers = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const { rows } = await sql<{ text: string }>`
    select 'function ' || oid::regprocedure::text || ' returns ' || pg_get_function_result(oid) as text
    from pg_proc where pronamespace = 'ops'::regnamespace
    union all
    select 'trigger ' || pg_get_triggerdef(pg_trigger.oid) from pg_trigger
      join pg_class on pg_class.oid = tgrelid where relnamespace = 'ops'::regnamespace and not tgisinternal
    union all
    select 'sequence ' || oid::regclass::text from pg_class where relnamespace = 'ops'::regnamespace and relkind = 'S'
    order by 1`.execute(db);
  return rows.map(({ text }) => text);
};

/** The schema `ops` as text, with one line for each thing that a migration can change. */
export const opsSchemaText = (tables: readonly OpsTable[], others: readonly string[]): string =>
  [
    ...tables.map(({ name, columns, constraints, indexes }) =>
      [
        `table ops.${name}`,
        ...columns.map(
          (column) =>
            `  ${column.name} ${column.type}${column.nullable ? '' : ' not null'}${column.default === null ? '' : ` default ${column.default}`}`,
        ),
        ...constraints.map((constraint) => `  constraint ${constraint}`),
        ...indexes.map((index) => `  ${index}`),
      ].join('\n'),
    ),
    `${others.join('\n')}\n`,
  ].join('\n\n');
