import { sql } from 'kysely';
import { type UserError, userError } from '../platform/errors.ts';
import { counted } from '../platform/wording/words.ts';
import type { AnyDatabase } from './database.ts';
import { collectionLabel } from './reporting/collection-labels.ts';

/**
 * How much of a collection may be quarantined in one run before the run stops: more than `share` of the documents read, and at
 * least `least` documents. Documents that a finished run put there, unchanged, do not count.
 */
export type QuarantineLimit = { readonly share: number; readonly least: number };

export const defaultQuarantineLimit: QuarantineLimit = { share: 0.2, least: 50 };

/** A collection of which too much was set aside. */
export type TooMuch = { readonly collection: string; readonly read: number; readonly quarantined: number };

/** Why a run stopped. */
export type Stop = {
  /** The run that set these documents aside. */
  readonly sinceRun: string;
  readonly collections: readonly TooMuch[];
};

export const isTooMuch = (
  { read, quarantined }: Pick<TooMuch, 'read' | 'quarantined'>,
  { share, least }: QuarantineLimit,
): boolean => quarantined >= least && quarantined > share * read;

/**
 * The last import that nothing stopped, if later ones did not finish: killed, interrupted, or without a server. What these put
 * into quarantine was never measured by the limit. `undefined` if the last one finished.
 */
export const lastFinishedRun = async (db: AnyDatabase, runId: string): Promise<string | undefined> => {
  const { rows } = await sql<{ finished: string; unfinished: boolean }>`
    with last as (
      select coalesce(max(import_run_id), 0) as finished from ops.import_run
      where kind in ('import', 'remap') and (result = 'succeeded' or accepted_at is not null))
    select finished::text, exists (
      select from ops.import_run
      where kind in ('import', 'remap') and import_run_id > finished and import_run_id < ${runId}::bigint) as unfinished
    from last`.execute(db);
  return rows[0]!.unfinished ? rows[0]!.finished : undefined;
};

/** How many documents a run found in quarantine, as they are, that runs after `finished` put there. */
export const setAsideSince = async (
  db: AnyDatabase,
  collection: string,
  { finished, runId }: { readonly finished: string; readonly runId: string },
): Promise<number> => {
  const { rows } = await sql<{ quarantined: number }>`
    select count(*)::int as quarantined from ops.quarantine
    where collection = ${collection} and resolved_at is null and dismissed_at is null
      and import_run_id = ${runId}::bigint and new_in_run > ${finished}::bigint and new_in_run < ${runId}::bigint`.execute(
    db,
  );
  return rows[0]!.quarantined;
};

/** The error of a run that stopped because too much was quarantined. */
export type StoppedForQuarantine = UserError & { readonly stop: Stop };

export const stoppedForQuarantine = (stop: Stop): StoppedForQuarantine =>
  Object.assign(
    userError(
      `the import stopped: ${stop.collections.map(inWords).join(', ')} went into quarantine, which is more than expected`,
      {
        code: 'quarantine-limit',
        hint:
          'Nothing is lost: everything read so far is kept. `openhouse quarantine list` shows the reasons. Correct the mapping and import again, ' +
          'or correct them with `openhouse quarantine edit`. If they are meant to stay there, continue with `openhouse import accept-quarantine`.',
      },
    ),
    { stop },
  );

export const isStoppedForQuarantine = (error: unknown): error is StoppedForQuarantine =>
  error instanceof Error && 'code' in error && error.code === 'quarantine-limit' && 'stop' in error;

/** `335 of 600 documents of Activities (56 %)`. The label, because the old CRM may call the collection something else. */
const inWords = ({ collection, read, quarantined }: TooMuch): string =>
  `${quarantined.toLocaleString('en-US')} of ${counted(read, 'document')} of “${collectionLabel(collection)}” (${Math.round((100 * quarantined) / Math.max(1, read))} %)`;

type StopRow = { import_run_id: string; source: string; stopped: Stop; finished_at: Date | null };

/**
 * The stop of an earlier import that still holds: no one accepted it, and too much of what was set aside then is still open.
 * `undefined` if imports may continue.
 */
export const stopInForce = async (
  db: AnyDatabase,
  limit: QuarantineLimit,
): Promise<(Stop & { readonly source: string; readonly since: Date | null }) | undefined> => {
  const { rows } = await sql<StopRow>`
    select import_run_id, source, stopped, finished_at from ops.import_run r
    where stopped is not null and accepted_at is null and not exists (
      select from ops.import_run later
      where later.import_run_id > r.import_run_id and later.kind = 'import' and later.result = 'succeeded')
    order by import_run_id desc limit 1`.execute(db);
  const [run] = rows;
  if (run === undefined) return undefined;
  const { sinceRun, collections } = run.stopped;
  const { rows: open } = await sql<{ collection: string; quarantined: number }>`
    select collection, count(*)::int as quarantined from ops.quarantine
    where collection = any (${collections.map(({ collection }) => collection)}::text[])
      and resolved_at is null and dismissed_at is null and import_run_id >= ${sinceRun}::bigint
    group by 1`.execute(db);
  const still = collections.flatMap(({ collection, read }) => {
    const { quarantined = 0 } = open.find((row) => row.collection === collection) ?? {};
    return isTooMuch({ read, quarantined }, limit) ? [{ collection, read, quarantined }] : [];
  });
  return still.length === 0 ? undefined : { sinceRun, collections: still, source: run.source, since: run.finished_at };
};

/** Lets imports continue despite what they set aside. @returns what was accepted */
export const acceptQuarantine = async (
  db: AnyDatabase,
  by: string,
  now: Date,
  because: string | null = null,
): Promise<readonly TooMuch[]> => {
  const { rows } = await sql<{ stopped: Stop }>`
    update ops.import_run set accepted_at = ${now}::timestamptz, accepted_by = ${by},
      accepted_because = ${because}
    where stopped is not null and accepted_at is null returning stopped`.execute(db);
  const latest = rows.at(-1)?.stopped;
  return latest?.collections ?? [];
};
