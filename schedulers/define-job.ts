import type { Kysely } from 'kysely';
import type { Lease } from '../platform/lease/lease.ts';
import type { JobDeps } from './deps.ts';

export type Counts = Readonly<Record<string, number>>;

/** What a run came to. */
export type JobResult = {
  readonly counts: Counts;
  /** What a person should know beside the counts: kept with the run. */
  readonly report?: object;
};

/** What a job works with while it runs. */
export type JobRun = {
  /** The job's name. */
  readonly job: string;
  readonly jobRunId: string;
  /** The database, through which nothing is written once another process has taken the job over. */
  readonly db: Kysely<unknown>;
  /** Aborts when the job has to stop, also because another process has taken it over. */
  readonly signal: AbortSignal;
  readonly lease: Lease;
};

/** What a number in `ops.job_run.counts` says. */
export type Count = {
  /**
   * - `done`: what the run did; runs can be added up
   * - `standing`: how things stood at its end; says nothing about what the run did
   * - `internal`: how much work the database had; not shown to people
   */
  readonly kind: 'done' | 'standing' | 'internal';
  /** What follows the number when a person reads it: `e-mails queued`. */
  readonly text: string;
};

export const done = (text: string): Count => ({ kind: 'done', text });
export const standing = (text: string): Count => ({ kind: 'standing', text });
export const internal = (text: string): Count => ({ kind: 'internal', text });

/** Everything that anyone needs to know about a background job. */
export type Job<Deps extends JobDeps = never, Result extends JobResult = JobResult> = {
  /** Stable: `ops.job_run`, logs, events, metrics and JSON know the job by it. */
  readonly name: string;
  /** What people see. */
  readonly label: string;
  /** When it runs: a cron pattern with seconds, in the brokerage's time zone. */
  readonly schedule: string;
  /** The read models whose changes it is to look at, at once and not at its next time. */
  readonly wokenBy?: readonly string[];
  /** How long a run may take before someone should look, in ms. */
  readonly timeLimitMs: number;
  /** Every count of its result, in the order in which people read them. */
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
