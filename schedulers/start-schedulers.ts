import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { sql } from 'kysely';
import type { Transports } from '../delivery/sending/transports.ts';
import { notAhead } from '../platform/database/times-ahead.ts';
import { errorMessage } from '../platform/errors.ts';
import type { Job } from './define-job.ts';
import { deliverOutbox, type OutboxDeps } from './delivering/deliver-outbox.ts';
import type { SchedulerDeps } from './deps.ts';
import { runJob } from './job-run.ts';
import { jobs as allJobs } from './jobs.ts';

/**
 * Runs the jobs at their times until the signal, and delivers the outbox all the time. Any number of processes may do so at
 * once: one of them runs a slot. The ticker only says when; a run that fails is recorded and does not stop the next. Slots that
 * were missed while no process ran (or while this one was busy) are caught up on by one run, which takes up all that had piled up.
 *
 * @param options.deliveryPauseMs how long the outbox rests when there was nothing to send
 * @returns when everything that was under way has ended
 */
export const startSchedulers = async (
  deps: SchedulerDeps & { readonly transports: Transports },
  options: {
    readonly signal: AbortSignal;
    readonly jobs?: readonly Job<SchedulerDeps>[];
    readonly deliveryPauseMs?: number;
  },
): Promise<void> => {
  // One listener on the caller's signal, however many of us wait for it.
  const signal = AbortSignal.any([options.signal]);
  const { jobs = allJobs, deliveryPauseMs = 3_000 } = options;
  const running = { ...deps, signal };
  await Promise.all([...jobs.map((job) => repeat(running, job)), deliverAlways(running, deliveryPauseMs)]);
};

type Running = SchedulerDeps & { readonly signal: AbortSignal };

/** Runs a job for every slot of its schedule, one after the other. */
const repeat = async (deps: Running, job: Job<SchedulerDeps>): Promise<void> => {
  const { signal, log, timeZone } = deps;
  let wake = () => {};
  const cron = new Cron(job.schedule, { timezone: timeZone, catch: false }, () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      try {
        const slot = await newestDue(deps, job.name, cron);
        if (slot !== null) await runJob(job, deps, { scheduledFor: slot, trigger: 'schedule' });
      } catch (error) {
        // It is recorded, if there was a database to record it in; the next slot tries again.
        log.warn({ job: job.name, reason: errorMessage(error) }, 'a scheduled run failed');
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
 * The newest slot that is due and has not been run, however many were missed before it; `null` when there is none. A run
 * that a person asked for since then counts; one that lies ahead does not (a clock was wrong).
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
