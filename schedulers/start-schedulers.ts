import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { sql } from 'kysely';
import type { Transports } from '../delivery/transports.ts';
import { notAhead } from '../platform/times-ahead.ts';
import { type AlertDeps, runAlertTick } from './alerts/run-alert-tick.ts';
import { deliverOutbox, type OutboxDeps } from './deliver-outbox.ts';
import type { JobDeps } from './deps.ts';
import { alertJob, leadMatchingJob, pruningJob } from './job-names.ts';
import type { JobOutcome, Occasion } from './job-run.ts';
import { type MatchingDeps, runLeadMatching } from './lead-offers/run-lead-matching.ts';
import { pruneRuns } from './prune-runs.ts';

export type SchedulerDeps = AlertDeps & MatchingDeps & { readonly transports: Transports };

export type Schedules = {
  /** Cron patterns with seconds, in the brokerage's time zone. */
  readonly alerts: string;
  readonly leadOffers: string;
  readonly pruning: string;
  /** How long the outbox rests when there was nothing to send. */
  readonly deliveryPauseMs: number;
};

export const usualSchedules: Schedules = {
  alerts: '0 */15 * * * *',
  leadOffers: '*/15 * * * * *',
  pruning: '0 30 3 * * *',
  deliveryPauseMs: 3_000,
};

/**
 * Runs the jobs at their times until the signal: alerts every 15 minutes, lead matching every 15 seconds, delivery all the
 * time. Any number of processes may do so at once: a slot is run once, by one of them. The ticker only says when; a run
 * that fails is on record and does not stop the next. A slot that was missed while nobody ran (or while this process was
 * busy) is caught up on by one run: what had piled up is in it.
 *
 * @returns when all that was under way has ended
 */
export const startSchedulers = async (
  deps: SchedulerDeps,
  options: { readonly signal: AbortSignal; readonly schedules?: Partial<Schedules> },
): Promise<void> => {
  // One listener on the caller's signal, however many of us wait for it.
  const signal = AbortSignal.any([options.signal]);
  const schedules = { ...usualSchedules, ...options.schedules };
  const running = { ...deps, signal };
  await Promise.all([
    repeat(running, alertJob, schedules.alerts, (occasion) => runAlertTick(running, occasion)),
    repeat(running, leadMatchingJob, schedules.leadOffers, (occasion) => runLeadMatching(running, occasion)),
    repeat(running, pruningJob, schedules.pruning, (occasion) => pruneRuns(running, occasion)),
    deliverAlways(running, schedules.deliveryPauseMs),
  ]);
};

type Running = JobDeps & { readonly signal: AbortSignal; readonly timeZone: string };

/** Runs a job for every slot of its schedule, one after the other. */
const repeat = async (
  deps: Running,
  job: string,
  pattern: string,
  run: (occasion: Occasion) => Promise<JobOutcome<unknown>>,
): Promise<void> => {
  const { signal, log, timeZone } = deps;
  let wake = () => {};
  const cron = new Cron(pattern, { timezone: timeZone, catch: false }, () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      try {
        const slot = await newestDue(deps, job, cron);
        if (slot !== null) await run({ scheduledFor: slot, trigger: 'schedule' });
      } catch (error) {
        // It is on record if there was a database to record it in; the next slot tries again.
        log.error({ err: error, job }, 'a scheduled run failed');
      }
      if (signal.aborted) break;
      // The ticker may have fired while the run was under way, so do not rely on it alone.
      const wait = Math.max(cron.msToNext() ?? 1_000, 50) + 20;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    cron.stop();
  }
};

/**
 * The newest slot that is due and that nobody has run, however many were missed before it; `null` when there is none. A
 * run that a person asked for since then counts; one that lies ahead does not (a clock was wrong).
 */
const newestDue = async ({ db, clock }: Running, job: string, cron: Cron): Promise<Date | null> => {
  const [newest] = cron.previousRuns(1);
  if (newest === undefined) return null;
  const { rows } = await sql<{ last: Date | null }>`
    select max(${notAhead(sql`scheduled_for`, clock.now())}) as last from ops.job_run where job = ${job}`.execute(db);
  const last = rows[0]?.last ?? null;
  return last !== null && last >= newest ? null : newest;
};

const deliverAlways = async (deps: Running & OutboxDeps, pauseMs: number): Promise<void> => {
  const { signal, log, errors } = deps;
  let wait = pauseMs;
  while (!signal.aborted) {
    try {
      await deliverOutbox(deps);
      wait = pauseMs;
    } catch (error) {
      // PostgreSQL is away, say: what was claimed is taken up again when the claim has run out.
      log.error({ err: error }, 'delivery failed');
      errors?.report(error, { job: 'delivery' });
      wait = Math.min(wait * 2, 60_000);
    }
    await sleep(wait, undefined, { signal }).catch(() => {});
  }
};
