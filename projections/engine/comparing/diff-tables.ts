import { columnName, type Projection, type Row, type Table } from '../../projection.ts';
import type { Build } from '../builds/builds.ts';
import { openSandbox } from '../builds/sandbox.ts';
import { quote } from '../builds/tables.ts';
import { type Database, query } from '../database.ts';

/** The differences of one table between two builds. Columns have their PostgreSQL names. */
export type TableDiff = {
  readonly table: string;
  readonly columns: { readonly onlyInLive: readonly string[]; readonly onlyInCandidate: readonly string[] };
  readonly rows: { readonly live: number; readonly candidate: number };
  readonly onlyInLive: { readonly count: number; readonly samples: readonly RowSample[] };
  readonly onlyInCandidate: { readonly count: number; readonly samples: readonly RowSample[] };
  readonly differing: {
    readonly count: number;
    /** How many rows differ in each column; columns without differences are left out. */
    readonly byColumn: Readonly<Record<string, number>>;
    readonly samples: readonly RowSample[];
  };
};

export type RowSample = {
  readonly key: Row;
  /** The record whose events made the row. */
  readonly record: string;
  /**
   * The columns that differ, with their values in the live table and in the candidate's. Empty if only one of them has
   * the row.
   */
  readonly values: Readonly<Record<string, { readonly live: unknown; readonly candidate: unknown }>>;
  /** The events behind the difference. */
  readonly events?: RowEvents;
};

/** The record's events, and the first one after which the two builds' code gives different results. */
export type RowEvents = {
  readonly stream: string;
  readonly count: number;
  readonly cause: {
    readonly type: string;
    readonly revision: string;
    /** `null` if the server does not say it when a stream is read, as older ones do. */
    readonly position: string | null;
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
  const rows = {
    live: await countRows(snapshot, liveSchema, name, left),
    candidate: await countRows(snapshot, candidateSchema, name, right),
  };
  if (left === undefined || right === undefined || left.key.join() !== right.key.join()) {
    // There is nothing to match rows by.
    const only = (count: number) => ({ count, samples: [] });
    const whole = { onlyInLive: only(rows.live), onlyInCandidate: only(rows.candidate) };
    return { table: name, columns, rows, ...whole, differing: { ...only(0), byColumn: {} } };
  }

  const join = joinOf(`${quote(liveSchema)}.${quote(name)}`, left, `${quote(candidateSchema)}.${quote(name)}`, right);
  const counts = await countDifferences(snapshot, join);
  const kind = async (count: number, where: string) => ({
    count,
    samples: count === 0 ? [] : await sampleRows(snapshot, join, where, samples),
  });
  return {
    table: name,
    columns,
    rows,
    onlyInLive: await kind(counts.onlyInLive, join.onlyInLive),
    onlyInCandidate: await kind(counts.onlyInCandidate, join.onlyInCandidate),
    differing: { ...(await kind(counts.differing, join.differing)), byColumn: counts.byColumn },
  };
};

const countRows = async (snapshot: Database, schema: string, name: string, table: Table | undefined) => {
  if (table === undefined) return 0;
  const [row] = await query<{ n: string }>(snapshot, `select count(*) as n from ${quote(schema)}.${quote(name)}`);
  return Number(row!.n);
};

/** The SQL for both sides of a table, `l` (live) and `c` (candidate), joined by their key. */
type Join = {
  readonly from: string;
  /** The key's columns: the projection's name, and the value from whichever side has it. */
  readonly key: readonly { readonly name: string; readonly either: string }[];
  readonly record: string;
  /** The columns to compare, each with the condition for a difference in a row that both have. */
  readonly shared: readonly { readonly column: string; readonly differs: string }[];
  readonly onlyInLive: string;
  readonly onlyInCandidate: string;
  readonly differing: string;
};

const joinOf = (livePlace: string, left: Table, candidatePlace: string, right: Table): Join => {
  const types = ({ columns }: Table) =>
    new Map(Object.entries(columns).map(([column, type]) => [columnName(column), type]));
  const [before, after] = [types(left), types(right)];
  const key = left.key.map((name) => ({ name, column: quote(columnName(name)) }));
  const first = key[0]!.column;
  const inBoth = `l.${first} is not null and c.${first} is not null`;
  const shared = [...before.keys()]
    .filter((column) => after.has(column) && !key.some((one) => one.column === quote(column)))
    .map((column) => {
      // A column whose type has changed is compared as text.
      const cast = before.get(column) === after.get(column) ? '' : '::text';
      const different = `l.${quote(column)}${cast} is distinct from c.${quote(column)}${cast}`;
      return { column, differs: `(${inBoth} and ${different})` };
    });
  const either = (column: string) => `coalesce(l.${column}, c.${column})`;
  return {
    from:
      `from ${livePlace} l full join ${candidatePlace} c ` +
      `on ${key.map(({ column }) => `l.${column} = c.${column}`).join(' and ')}`,
    key: key.map(({ name, column }) => ({ name, either: either(column) })),
    record: either(quote(columnName(left.record))),
    shared,
    onlyInLive: `c.${first} is null`,
    onlyInCandidate: `l.${first} is null`,
    differing: shared.map(({ differs }) => differs).join(' or ') || 'false',
  };
};

const countDifferences = async (snapshot: Database, { from, shared, ...conditions }: Join) => {
  const count = (where: string, name: string) => `count(*) filter (where ${where}) as ${name}`;
  const [row] = await query<Record<string, string>>(
    snapshot,
    `select ${[
      count(conditions.onlyInLive, 'only_in_live'),
      count(conditions.onlyInCandidate, 'only_in_candidate'),
      count(conditions.differing, 'differing'),
      ...shared.map(({ differs }, index) => count(differs, `column_${index}`)),
    ].join(', ')} ${from}`,
  );
  const byColumn = shared.map(({ column }, index) => [column, Number(row![`column_${index}`])] as const);
  return {
    onlyInLive: Number(row!.only_in_live),
    onlyInCandidate: Number(row!.only_in_candidate),
    differing: Number(row!.differing),
    byColumn: Object.fromEntries(byColumn.filter(([, number]) => number > 0)),
  };
};

const sampleRows = async (
  snapshot: Database,
  { from, key, record, shared }: Join,
  where: string,
  limit: number,
): Promise<RowSample[]> => {
  const found = await query<{ key: Row; record: string; live: Row | null; candidate: Row | null }>(
    snapshot,
    `select jsonb_build_object(${key.map(({ name, either }) => `'${name}', ${either}`).join(', ')}) as key,
       ${record} as record, to_jsonb(l.*) as live, to_jsonb(c.*) as candidate
     ${from} where ${where} order by ${key.map(({ either }) => either).join(', ')} limit ${limit}`,
  );
  const columns = shared.map(({ column }) => column);
  return found.map(({ live, candidate, ...row }) => ({ ...row, values: differences(columns, live, candidate) }));
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
