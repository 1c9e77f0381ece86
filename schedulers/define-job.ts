import type { Kysely } from 'kysely';
import type { CommandContext } from '../commands/execute.ts';
import type { Lease } from '../platform/lease/lease.ts';
import type { JobDeps } from './deps.ts';

export type Counts = Readonly<Record<string, number>>;

/** The result of a run. */
export type JobResult = {
  readonly counts: Counts;
  /** Details for people besides the counts; stored with the run. */
  readonly report?: object;
};

/** What a job gets while it runs. */
export type JobRun = {
  /** The job's name. */
  readonly job: string;
  readonly jobRunId: string;
  /** The database; nothing can be written through it once another process has taken the job over. */
  readonly db: Kysely<unknown>;
  /** Aborts when the job has to stop, including when another process has taken it over. */
  readonly signal: AbortSignal;
  readonly lease: Lease;
};

/** The meaning of a number in `ops.job_run.counts`. */
export type Count = {
  /**
   * - `done`: what the run did; can be added up over runs
   * - `standing`: the situation at its end; does not mean that the run did anything
   * - `internal`: how much work the database had; not shown to people
   */
  readonly kind: 'done' | 'standing' | 'internal';
  /** The words after the number: `e-mails queued`; `one`: after a 1. */
  readonly text: string;
  readonly one: string;
};

/** @param one default: the same, for words without a plural */
const ofKind =
  (kind: Count['kind']) =>
  (text: string, one = text): Count => ({ kind, text, one });
export const done = ofKind('done');
export const standing = ofKind('standing');
export const internal = ofKind('internal');

/** Everything there is to know about a background job. */
export type Job<Deps extends JobDeps = never, Result extends JobResult = JobResult> = {
  /** Stable, because `ops.job_run`, logs, events, metrics and JSON use it. */
  readonly name: string;
  /** What people see. */
  readonly label: string;
  /** When it runs: a cron pattern with seconds, in the brokerage's time zone. */
  readonly schedule: string;
  /** Read models whose changes start a run at once, instead of at its next time. */
  readonly wokenBy?: readonly string[];
  /** Calls `wake` when something outside of PostgreSQL should start a run at once. Ends with the signal; must not fail. */
  readonly watch?: (deps: Deps, signal: AbortSignal, wake: () => void) => Promise<void>;
  /** How long a run may take before someone should look into it, in ms. */
  readonly timeLimitMs: number;
  /** All counts of its result, in the order in which they are shown. */
  readonly counts: { readonly [Name in keyof Result['counts']]-?: Count };
  /** One run. Use the `db` and `signal` given here: they stop working once another process has taken the job over. */
  readonly run: (deps: Deps & JobRun) => Promise<Result>;
};

/**
 * Defines a job. Listed in `jobs.ts`, it is scheduled, recorded, pruned, watched (`doctor`, `/health`, `/metrics`), and shown
 * by the console and `openhouse jobs`.
 *
 * @example
 * export const pruning = defineJob({
 *   name: 'pruning',
 *   label: 'Clean-up',
 *   schedule: '0 30 3 * * *',
 *   timeLimitMs: 10 * 60_000,
 *   counts: { runs: done('old runs removed') },
 *   run: async ({ db }: JobDeps) => ({ counts: { runs: await removeOldRuns(db) } }),
 * });
 */
export const defineJob = <Deps extends JobDeps, Result extends JobResult>(job: Job<Deps, Result>): Job<Deps, Result> =>
  job;

/** The metadata of a run's events: who made them, and why. */
export const originOf = ({ job, jobRunId }: JobRun, now: Date): CommandContext => ({
  actor: { kind: 'system', id: job },
  source: job,
  occurredAt: now.toISOString(),
  correlationId: `${job}/${jobRunId}`,
  causationId: `${job}/${jobRunId}`,
});
