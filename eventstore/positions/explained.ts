import { type QueryExecutorProvider, sql } from 'kysely';
import { userError } from '../../platform/errors.ts';
import type { EventStore } from '../event-store.ts';
import { isReadable, type StoredEvent, type UnreadableEvent } from '../stored-event.ts';
import { checkMark, type Mark } from './mark.ts';

/** An event that must come from a run that this database has no record of. */
export type Unexplained = { readonly event: StoredEvent; readonly by: 'import' | 'lead matching' };

/**
 * Looks for events that this database should have a record of writing, but has not: it is then older than the event store,
 * restored from a backup, and has forgotten what has been sent since. Reads only what is new since the last check, at most
 * `maxCount` events: the next check goes on from there.
 *
 * Imports are recognised by `ops.import_run`, offers by the number of their run (`lead-offers/<job run>`). Corrections by
 * people leave no trace in the database, and prove nothing.
 *
 * @throws UserError when the event store is no longer the one that was checked the last time
 */
export const findUnexplained = async (
  db: QueryExecutorProvider,
  store: EventStore,
  maxCount = Number.POSITIVE_INFINITY,
): Promise<Unexplained | null> => {
  const [mark, runs] = await Promise.all([explainedMark(db), knownRuns(db)]);
  await checkMark(store, 'the last check of its events', mark);
  const from = mark.position;
  let reached: Mark | null = null;
  let checked = 0;
  const after = from < 0n ? null : { commit: from, prepare: from };
  for await (const event of store.readAll({ after })) {
    if (event.position.commit > from) {
      const unknown = isUnexplained(event, runs);
      // Its run may have begun after the runs were read.
      const by = unknown && isUnexplained(event, await knownRuns(db));
      if (by !== null) return by;
    }
    const { id, position } = event;
    if (position.commit > from) reached = { position: position.commit, event: { id, position: position.commit } };
    if (++checked >= maxCount) break;
  }
  if (reached !== null) await explainedUpTo(db, reached, from);
  return null;
};

/** Up to where the events have been checked; -1: none yet. */
export const explainedMark = async (db: QueryExecutorProvider): Promise<Mark> => {
  const { rows } = await sql<{ position: string; event_id: string | null; event_position: string | null }>`
    select explained_until as position, explained_event_id as event_id, explained_event_position as event_position
    from ops.event_store_origin`.execute(db);
  const [row] = rows;
  const { event_id: id = null, event_position: at = null } = row ?? {};
  return {
    position: BigInt(row?.position ?? -1),
    event: id === null || at === null ? null : { id, position: BigInt(at) },
  };
};

/** Moves the mark on, unless someone else has done so since it was at `from`. */
const explainedUpTo = async (db: QueryExecutorProvider, { position, event }: Mark, from: bigint): Promise<void> => {
  await sql`
    update ops.event_store_origin
    set explained_until = ${position}, explained_event_id = ${event?.id ?? null},
      explained_event_position = ${event?.position ?? null}
    where explained_until = ${from}`.execute(db);
};

/** @throws UserError when this database is older than the event store (see `findUnexplained`) */
export const checkExplained = async (db: QueryExecutorProvider, store: EventStore): Promise<void> => {
  const unexplained = await findUnexplained(db, store);
  if (unexplained === null) return;
  const { event, by } = unexplained;
  throw userError(
    `this database is older than the event store: it has no record of the ${by} that appended position ${event.position.commit} (${event.streamName}, ${event.created.toISOString()})`,
    {
      code: 'database-older',
      hint: 'Was PostgreSQL restored from a backup, or does another database use this event store? `openhouse recover` shows what is affected; with --apply it repairs it.',
    },
  );
};

type ImportRun = { readonly from: bigint; readonly to: bigint | null; readonly result: string };
type KnownRuns = { readonly imports: readonly ImportRun[]; readonly lastJobRun: bigint };

const knownRuns = async (db: QueryExecutorProvider): Promise<KnownRuns> => {
  const { rows } = await sql<{ imports: boolean; jobs: boolean }>`
    select to_regclass('ops.import_run') is not null as imports, to_regclass('ops.job_run') is not null as jobs`.execute(
    db,
  );
  const imports = rows[0]!.imports
    ? (
        await sql<{ position_from: string | null; position_to: string | null; result: string }>`
          select position_from, position_to, result from ops.import_run order by import_run_id desc limit 1000`.execute(
          db,
        )
      ).rows.map((run) => ({
        from: BigInt(run.position_from ?? -1),
        to: run.position_to === null ? null : BigInt(run.position_to),
        result: run.result,
      }))
    : [];
  const jobs = rows[0]!.jobs
    ? (
        await sql<{ last: string | null }>`
          select pg_sequence_last_value(pg_get_serial_sequence('ops.job_run', 'job_run_id')) as last`.execute(db)
      ).rows
    : [];
  return { imports, lastJobRun: BigInt(jobs[0]?.last ?? 0) };
};

const isUnexplained = (event: StoredEvent | UnreadableEvent, runs: KnownRuns): Unexplained | null => {
  // Checked last, because finding out whether an event is readable parses its data.
  const by = writer(event as StoredEvent, runs);
  return by !== null && isReadable(event) ? { event, by } : null;
};

/** The kind of run that wrote an event, if there is no record of that run. */
const writer = (event: StoredEvent, runs: KnownRuns): Unexplained['by'] | null => {
  const { position, type } = event;
  // The newest import that began before it. A run that did not end well may have appended more than it recorded.
  const run = runs.imports.find(({ from }) => from < position.commit);
  const known = run !== undefined && (run.result !== 'succeeded' || (run.to !== null && run.to >= position.commit));
  // Most events are of imports that are on record, so their metadata need not be parsed.
  if (known && type !== 'LeadOffered') return null;
  // An event that another program appended has no metadata of ours, maybe none at all.
  const { actor, $correlationId } = (event.metadata ?? {}) as Partial<typeof event.metadata>;
  if (actor === undefined) return null;
  if (actor.kind === 'import' && actor.id === 'legacy-crm') return known ? null : 'import';
  if (type === 'LeadOffered' && actor.kind === 'system' && actor.id === 'lead-offers') {
    const number = /^lead-offers\/(\d+)$/.exec($correlationId ?? '')?.[1];
    return number !== undefined && BigInt(number) > runs.lastJobRun ? 'lead matching' : null;
  }
  return null;
};
