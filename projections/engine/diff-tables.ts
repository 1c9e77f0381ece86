import { columnName, type Projection, type Row, type Table } from '../projection.ts';
import type { Build } from './builds.ts';
import { type Database, query } from './database.ts';
import { openSandbox } from './sandbox.ts';
import { quote } from './tables.ts';

/** How one table differs between two builds. Columns by their names in PostgreSQL. */
export type TableDiff = {
  readonly table: string;
  readonly columns: { readonly onlyInLive: readonly string[]; readonly onlyInCandidate: readonly string[] };
  readonly rows: { readonly live: number; readonly candidate: number };
  readonly onlyInLive: { readonly count: number; readonly samples: readonly RowSample[] };
  readonly onlyInCandidate: { readonly count: number; readonly samples: readonly RowSample[] };
  readonly differing: {
    readonly count: number;
    /** How many rows differ in each column, those that differ in none left out. */
    readonly byColumn: Readonly<Record<string, number>>;
    readonly samples: readonly RowSample[];
  };
};

export type RowSample = {
  readonly key: Row;
  /** The record whose events made the row. */
  readonly record: string;
  /** What differs: each column's value in the live table and in the candidate's. Empty when the row is only in one. */
  readonly values: Readonly<Record<string, { readonly live: unknown; readonly candidate: unknown }>>;
  /** The events behind the difference. */
  readonly events?: RowEvents;
};

/** The record's events, and the first after which the two builds' code say something different. */
export type RowEvents = {
  readonly stream: string;
  readonly count: number;
  readonly cause: {
    readonly type: string;
    readonly revision: string;
    readonly position: string;
    readonly eventId: string;
    readonly recordedAt: Date;
    readonly actor: string | null;
  } | null;
  readonly explanation: string;
};

/** Compares the tables that both builds have, in the snapshot of the given transaction. */
export const compareTables = async (
  snapshot: Database,
  live: Build,
  candidate: Build,
  samples: number,
): Promise<TableDiff[]> => {
  const before = openSandbox(live.code).projection;
  const after = openSandbox(candidate.code).projection;
  const names = [...new Set([...Object.keys(before.tables), ...Object.keys(after.tables)])];
  const diffs: TableDiff[] = [];
  for (const name of names) {
    diffs.push(await compareTable(snapshot, name, [live.schema, before], [candidate.schema, after], samples));
  }
  return diffs;
};

type Side = readonly [schema: string, projection: Projection];

const compareTable = async (
  snapshot: Database,
  name: string,
  [liveSchema, before]: Side,
  [candidateSchema, after]: Side,
  samples: number,
): Promise<TableDiff> => {
  const [left, right] = [before.tables[name], after.tables[name]];
  const leftColumns = Object.keys(left?.columns ?? {}).map(columnName);
  const rightColumns = Object.keys(right?.columns ?? {}).map(columnName);
  const columns = {
    onlyInLive: leftColumns.filter((column) => !rightColumns.includes(column)),
    onlyInCandidate: rightColumns.filter((column) => !leftColumns.includes(column)),
  };
  const count = async (schema: string, table: Table | undefined) =>
    table === undefined
      ? 0
      : Number(
          (await query<{ n: string }>(snapshot, `select count(*) as n from ${quote(schema)}.${quote(name)}`))[0]!.n,
        );
  const rows = { live: await count(liveSchema, left), candidate: await count(candidateSchema, right) };
  const none = { count: 0, samples: [] };
  if (left === undefined || right === undefined || left.key.join() !== right.key.join()) {
    // Nothing to match rows by.
    const whole = { onlyInLive: { ...none, count: rows.live }, onlyInCandidate: { ...none, count: rows.candidate } };
    return { table: name, columns, rows, ...whole, differing: { ...none, byColumn: {} } };
  }

  const key = left.key.map((column) => quote(columnName(column)));
  const record = quote(columnName(left.record));
  const shared = leftColumns.filter((column) => rightColumns.includes(column) && !key.includes(quote(column)));
  const typeOf = (table: Table, column: string) =>
    Object.entries(table.columns).find(([one]) => columnName(one) === column)![1];
  const differs = (column: string): string => {
    // A column whose type has changed is compared by what it reads as.
    const cast = typeOf(left, column) === typeOf(right, column) ? '' : '::text';
    return `l.${quote(column)}${cast} is distinct from c.${quote(column)}${cast}`;
  };
  const any = shared.map(differs).join(' or ') || 'false';
  const [first] = key;
  const inBoth = `l.${first} is not null and c.${first} is not null`;
  const joined =
    `from ${quote(liveSchema)}.${quote(name)} l full join ${quote(candidateSchema)}.${quote(name)} c ` +
    `on ${key.map((column) => `l.${column} = c.${column}`).join(' and ')}`;
  const [counts] = await query<Record<string, string>>(
    snapshot,
    `select count(*) filter (where c.${first} is null) as only_live, count(*) filter (where l.${first} is null) as only_candidate,
       count(*) filter (where ${inBoth} and (${any})) as differing
       ${shared.map((column, index) => `, count(*) filter (where ${inBoth} and ${differs(column)}) as d${index}`).join('')}
     ${joined}`,
  );
  const sample = async (where: string): Promise<RowSample[]> => {
    const found = await query<{ key: Row; record: string; live: Row | null; candidate: Row | null }>(
      snapshot,
      `select jsonb_build_object(${left.key.map((column, index) => `'${column}', coalesce(l.${key[index]}, c.${key[index]})`).join(', ')}) as key,
         coalesce(l.${record}, c.${record}) as record, to_jsonb(l.*) as live, to_jsonb(c.*) as candidate
       ${joined} where ${where} order by ${key.map((column) => `coalesce(l.${column}, c.${column})`).join(', ')} limit ${samples}`,
    );
    return found.map((row) => ({
      key: row.key,
      record: row.record,
      values: differences(shared, row.live, row.candidate),
    }));
  };
  const kind = async (counted: string | undefined, where: string) => {
    const number = Number(counted ?? 0);
    return { count: number, samples: number === 0 ? [] : await sample(where) };
  };
  return {
    table: name,
    columns,
    rows,
    onlyInLive: await kind(counts!.only_live, `c.${first} is null`),
    onlyInCandidate: await kind(counts!.only_candidate, `l.${first} is null`),
    differing: {
      ...(await kind(counts!.differing, `${inBoth} and (${any})`)),
      byColumn: Object.fromEntries(
        shared
          .map((column, index) => [column, Number(counts![`d${index}`])] as const)
          .filter(([, number]) => number > 0),
      ),
    },
  };
};

const differences = (columns: readonly string[], live: Row | null, candidate: Row | null): RowSample['values'] => {
  if (live === null || candidate === null) return {};
  const values: Record<string, { live: unknown; candidate: unknown }> = {};
  for (const column of columns) {
    if (JSON.stringify(live[column]) === JSON.stringify(candidate[column])) continue;
    values[column] = { live: live[column], candidate: candidate[column] };
  }
  return values;
};
