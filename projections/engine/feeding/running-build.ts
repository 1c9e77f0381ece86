import type { Position, StoredEvent, UnreadableEvent } from '../../../eventstore/stored-event.ts';
import { userError } from '../../../platform/errors.ts';
import type { Lease } from '../../../platform/lease/lease.ts';
import { isPerRecord, type Row, recordKey } from '../../projection.ts';
import type { Build } from '../builds/builds.ts';
import { openSandbox, type Sandbox } from '../builds/sandbox.ts';
import { expectedShape, type TableSql, tableSql } from '../builds/tables.ts';
import { type Database, query } from '../database.ts';
import { type Changes, concerns, noChanges, noRows, type ParkedEvent, type RowsByTable } from './fold.ts';
import type { AppendedText } from './keeping/appended-text.ts';
import { isWide } from './keeping/kept-row.ts';

/** A build that this process is feeding: its code, its statements, and the rows that are in memory. */
export type RunningBuild = {
  readonly build: Build;
  readonly lease: Lease;
  readonly sandbox: Sandbox;
  readonly sql: readonly TableSql[];
  readonly concerns: ReturnType<typeof concerns>;
  /**
   * The rows of recent records, so that they need not be read again. No one else writes them while we hold the lease.
   */
  readonly rows: RowsByTable;
  /** Streams with parked events; everything after those is parked as well. */
  readonly parkedStreams: Set<string>;
  /** Its share of the rows that one process keeps in memory, 0 to 1. */
  readonly share: number;
  /** Folded, but not yet written. */
  pending: Pending;
  /** The checkpoint: everything up to here has been written. */
  position: Position | null;
};

export type Pending = Changes & {
  /** Rows of append-only tables, by table, as the text of a COPY. */
  readonly appended: Map<string, AppendedText>;
  readonly parked: ParkedEvent[];
  handled: number;
  /** The last event that it looked at. */
  last: StoredEvent | UnreadableEvent | undefined;
};

export const nothingPending = (sandbox: Sandbox): Pending => ({
  ...noChanges(sandbox.projection),
  appended: new Map(),
  parked: [],
  handled: 0,
  last: undefined,
});

/**
 * Prepares a build for feeding.
 * @param together how many builds this process feeds, which share the memory for rows
 * @throws UserError if its tables are not as its code made them
 */
export const openBuild = async (db: Database, build: Build, lease: Lease, together = 1): Promise<RunningBuild> => {
  const sandbox = openSandbox(build.code);
  await checkShape(db, build, sandbox);
  const parked = await query<{ stream_name: string }>(
    db,
    'select distinct stream_name from ops.projection_parked where build_id = $1',
    [build.id],
  );
  return {
    build,
    lease,
    sandbox,
    sql: tableSql(build.schema, sandbox.projection),
    concerns: concerns(sandbox.projection),
    rows: noRows(sandbox.projection),
    parkedStreams: new Set(parked.map(({ stream_name }) => stream_name)),
    pending: nothingPending(sandbox),
    share: 1 / together,
    position: build.position,
  };
};

/** @throws UserError with what is missing or different, if someone changed the tables by hand */
export const checkShape = async (db: Database, build: Build, sandbox: Pick<Sandbox, 'projection'>): Promise<void> => {
  const rows = await query<{ shape: string }>(
    db,
    `select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
            case when a.attnotnull then ' not null' else '' end as shape
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`,
    [build.schema],
  );
  const found = new Set(rows.map(({ shape }) => shape));
  const expected = expectedShape(sandbox.projection);
  const missing = expected.filter((shape) => !found.has(shape));
  const foreign = [...found].filter((shape) => !expected.includes(shape));
  if (missing.length === 0 && foreign.length === 0) return;
  const said = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`unexpected: ${foreign.join(', ')}`] : []),
  ];
  throw userError(`the tables of ${build.name} in ${build.schema} were changed by hand (${said.join('; ')})`, {
    code: 'projection-tables-changed',
    hint: `Rebuild and promote it: openhouse projections rebuild ${build.name}, then openhouse projections promote ${build.name}`,
  });
};

/** Reads the rows of records that are not in memory yet, one statement per table. */
export const loadRows = async (
  db: Database,
  running: RunningBuild,
  events: readonly { readonly streamName: string; readonly revision: bigint }[],
): Promise<void> => {
  for (const { name, table, load } of running.sql) {
    if (!isPerRecord(table)) continue;
    const known = running.rows.get(name)!;
    const wanted = new Set<string>();
    for (const { streamName, revision } of events) {
      const key = recordKey(streamName);
      if (known.has(key)) continue;
      // Nothing precedes the first event of a stream, so there is no row to read.
      if (revision === 0n) known.set(key, null);
      else wanted.add(key);
    }
    if (wanted.size === 0) continue;
    const found = await query<{ rows: string }>(db, load, [[...wanted]]);
    for (const key of wanted) known.set(key, null);
    const key = table.key[0]!;
    for (const row of JSON.parse(found[0]!.rows) as Row[]) {
      known.set(String(row[key]), row);
      if (isWide(table)) running.pending.loose.get(name)!.add(String(row[key]));
    }
  }
};

/** The most rows of a table to keep in memory, shared with the other builds. About 2 KB each. */
const maxRows = 40_000;

/** Drops the oldest rows from memory if there are too many; they are read again when needed. */
export const forgetOldRows = (running: RunningBuild): void => {
  for (const [name, known] of running.rows) forgetRows(running, name, known.size - maxRows * running.share);
};

/** Drops up to `count` of a table's rows from memory, the oldest ones first, and none that is still to be written. */
export const forgetRows = ({ rows, pending }: RunningBuild, table: string, count: number): void => {
  const known = rows.get(table)!;
  const changed = pending.changed.get(table)!;
  let left = count;
  for (const key of known.keys()) {
    if (left <= 0) return;
    if (changed.has(key)) continue;
    known.delete(key);
    left--;
  }
};

/** Goes back to the contents of the tables, because after a failed transaction the memory is ahead of them. */
export const forgetPending = (running: RunningBuild): void => {
  for (const known of running.rows.values()) known.clear();
  for (const text of running.pending.appended.values()) text.close();
  for (const { event, cause } of running.pending.parked) {
    if (cause !== 'follows') running.parkedStreams.delete(event.streamName);
  }
  running.pending = nothingPending(running.sandbox);
};
