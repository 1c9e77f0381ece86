import { hostname } from 'node:os';
import { sql } from 'kysely';
import { storableJson } from '../../platform/database/storable.ts';
import { type Holding, withLease } from '../../platform/lease/with-lease.ts';
import type { AnyDatabase } from '../database.ts';
import type { Stop } from '../quarantine-limit.ts';
import type { QualityOnFile } from '../reporting/quality.ts';
import type { ImportSummary } from './summarise.ts';

/** How long an import may be unresponsive before another one takes over, in ms. */
const lastsMs = 10_000;

/**
 * Runs `work` while no other import runs on this database, and waits if one does. If that one's process dies, this one
 * starts at once.
 * @param onWait called once if it has to wait
 */
export const withImportLease = async <Result>(
  db: AnyDatabase,
  signal: AbortSignal,
  onWait: () => void,
  work: (holding: Holding<unknown>) => Promise<Result>,
): Promise<Result> => {
  const holder = `import (pid ${process.pid} on ${hostname()})`;
  const done = await withLease(db, 'import', { holder, lastsMs, wait: { signal, onWait } }, work);
  if (done.held) return done.result;
  throw new Error('an import always waits for the lease');
};

/**
 * Runs `work` if no import runs on this database; one that begins meanwhile waits for it.
 * @param what names it to those who wait
 * @returns `undefined` if an import runs
 */
export const betweenImports = async <Result>(
  db: AnyDatabase,
  what: string,
  work: (holding: Holding<unknown>) => Promise<Result>,
): Promise<Result | undefined> => {
  const done = await withLease(
    db,
    'import',
    { holder: `${what} (pid ${process.pid} on ${hostname()})`, lastsMs },
    work,
  );
  return done.held ? done.result : undefined;
};

/**
 * What a run does:
 * - `import`: reads a source
 * - `split`: applies a split by a person
 * - `retry`, `edit`: reads quarantined documents again, as they are or as a person corrected them
 * - `remap`: reads all documents on file again
 */
export type RunKind = 'import' | 'split' | 'retry' | 'edit' | 'remap';

export type RunStart = {
  readonly source: string;
  readonly mapping: { readonly name: string; readonly version: string };
  readonly now: Date;
  readonly kind: RunKind;
  /** The end of the event store. */
  readonly from: bigint | null;
};

/** Records a new run, and marks killed runs as failed. @returns its ID */
export const beginRun = async (db: AnyDatabase, { source, mapping, now, kind, from }: RunStart): Promise<string> => {
  await sql`
    update ops.import_run set result = 'failed', finished_at = ${now}::timestamptz,
      problems = problems || '[{"code": "killed", "message": "the process ended without reporting a result"}]'::jsonb
    where result = 'running'`.execute(db);
  // A killed run may have appended what it left pending, so that is checked before it is appended again.
  await sql`update ops.import_pending set suspect = true where not suspect`.execute(db);
  const { rows } = await sql<{ import_run_id: string }>`
    insert into ops.import_run (source, kind, started_at, position_from, mapping, mapping_version)
    values (${source}, ${kind}, ${now}::timestamptz, ${from === null ? null : String(from)}::numeric, ${mapping.name},
      ${mapping.version})
    returning import_run_id`.execute(db);
  return rows[0]!.import_run_id;
};

export type RunEnd = {
  readonly result: 'succeeded' | 'failed' | 'interrupted';
  readonly events: number;
  readonly counts: ImportSummary['collections'];
  /** Fields that nothing reads, by collection. */
  readonly unread: ImportSummary['unread'];
  /** How well all documents on file are understood after this run; `null` if it did not get that far. */
  readonly onFile: QualityOnFile | null;
  readonly problems: readonly object[];
  readonly positionTo: string | null;
  /** The event at `positionTo`. */
  readonly lastEventId: string | null;
  /** Why it stopped, if too much was quarantined. */
  readonly stop: Stop | null;
};

export const endRun = async (db: AnyDatabase, runId: string, now: Date, end: RunEnd): Promise<void> => {
  await sql`
    update ops.import_run set result = ${end.result}, finished_at = ${now}::timestamptz, events = ${end.events},
      counts = ${JSON.stringify(end.counts)}::jsonb, unread = ${storableJson(end.unread)}::jsonb,
      on_file = ${end.onFile === null ? null : JSON.stringify(end.onFile)}::jsonb, problems = ${JSON.stringify(end.problems)}::jsonb,
      position_to = ${end.positionTo}::numeric, last_event_id = ${end.lastEventId},
      stopped = ${end.stop === null ? null : JSON.stringify(end.stop)}::jsonb
    where import_run_id = ${runId}::bigint and result = 'running'`.execute(db);
};

/** Whether a run ended before it had applied everything that was staged. (Refused records are tried again with the next change.) */
export const isUnfinished = async (db: AnyDatabase): Promise<boolean> => {
  const { rows } = await sql<{ unfinished: boolean }>`
    select exists (select from ops.import_pending where not suspect)
      or coalesce((select result <> 'succeeded' from ops.import_run order by import_run_id desc limit 1), false)
      as unfinished`.execute(db);
  return rows[0]!.unfinished;
};
