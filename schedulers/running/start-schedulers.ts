import { setTimeout as sleep } from 'node:timers/promises';
import { Cron } from 'croner';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Transports } from '../../delivery/sending/transports.ts';
import { listen } from '../../platform/database/listen.ts';
import { notAhead } from '../../platform/database/times-ahead.ts';
import { endTogether } from '../../platform/end-together.ts';
import { errorMessage } from '../../platform/errors.ts';
import type { Job } from '../define-job.ts';
import { deliverOutbox, type OutboxDeps } from '../delivering/deliver-outbox.ts';
import type { SchedulerDeps } from '../deps.ts';
import { jobs as allJobs } from '../jobs.ts';
import { type Bell, makeBell } from './bell.ts';
import { runJob } from './job-run.ts';

/**
 * Runs the jobs at their times until the signal, and delivers the outbox continuously. Any number of processes may do
 * so at once; each slot is run by one of them. A failing run is recorded and does not stop the next one. Slots missed
 * while no process was running (or this one was busy) are caught up on by a single run, which handles everything that
 * has piled up.
 *
 * @param options.deliveryPauseMs how long to pause when there was nothing to send
 * @returns when everything in progress has ended
 * @throws an error that stops all of it, such as a schedule that is not valid; nothing is in progress any more
 */
export const startSchedulers = async (
  deps: SchedulerDeps & {
    readonly transports: Transports;
    /** For LISTEN. Without it, jobs only run at their times, and the outbox is checked every few seconds. */
    readonly pool?: pg.Pool;
  },
  options: {
    readonly signal: AbortSignal;
    readonly jobs?: readonly Job<SchedulerDeps>[];
    readonly deliveryPauseMs?: number;
  },
): Promise<void> => {
  const failed = new AbortController();
  // A single listener on the caller's signal, however many jobs wait for it.
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const { jobs = allJobs, deliveryPauseMs = 3_000 } = options;
  const outbox = makeBell();
  const bells = new Map(jobs.map((job) => [job, makeBell()]));
  const ring = (channel: string, readModel: string) => {
    if (channel === outboxChannel) return outbox.ring();
    // Without a name: the connection was lost, and anything may have happened.
    for (const [job, bell] of bells) if (readModel === '' ? job.wokenBy : job.wokenBy?.includes(readModel)) bell.ring();
  };
  const end = () => {
    for (const bell of [...bells.values(), outbox]) bell.ring();
  };
  signal.addEventListener('abort', end, { once: true });
  const running = { ...deps, signal };
  const parts = [
    ...[...bells].map(([job, bell]) => repeat(running, job, bell)),
    ...[...bells].map(([job, bell]) => job.watch?.(running, signal, bell.ring)),
    deliverAlways(running, deliveryPauseMs, outbox),
    deps.pool === undefined ? undefined : listen(deps.pool, ['openhouse_read_model', outboxChannel], ring, signal),
  ];
  await endTogether(parts, () => failed.abort());
};

const outboxChannel = 'openhouse_outbox';

/** How long to wait before looking again whether another process has finished a job that should run here. */
const busyPauseMs = 1_000;

type Running = SchedulerDeps & { readonly signal: AbortSignal };

/** Runs a job for every slot of its schedule and whenever its bell rings, one run after the other. */
const repeat = async (deps: Running, job: Job<SchedulerDeps>, bell: Bell): Promise<void> => {
  const { signal, log, clock, timeZone } = deps;
  const cron = new Cron(job.schedule, { timezone: timeZone, catch: false });
  let rang = false;
  try {
    while (!signal.aborted) {
      const started = performance.now();
      let busy = false;
      try {
        const slot = await newestDue(deps, job.name, cron);
        if (slot !== null) await runJob(job, deps, { scheduledFor: slot, trigger: 'schedule' });
        else if (rang) {
          const outcome = await runJob(job, deps, { scheduledFor: clock.now(), trigger: 'event' });
          busy = !outcome.ran;
        }
      } catch (error) {
        // It is recorded, if there was a database to record it in; the next slot tries again.
        if (!signal.aborted) log.warn({ job: job.name, reason: errorMessage(error) }, 'a scheduled run failed');
      }
      if (signal.aborted) break;
      // The process that is running it may have looked before the bell rang.
      if (busy) bell.ring();
      // Pause, so that a job that is woken by its own changes, or all the time, leaves room for others. How long the other process
      // still takes is not known; it may be hours.
      const pauseMs = busy ? busyPauseMs : Math.min(1_000, (performance.now() - started) / 4);
      if (rang) await sleep(pauseMs, undefined, { signal }).catch(() => {});
      rang = await bell.wait(Math.max(cron.msToNext() ?? 1_000, 50) + 20);
    }
  } finally {
    cron.stop();
  }
};

/**
 * The latest slot that is due and has not been run to its end, however many were missed before it; `null` if there is none. A run
 * that a person asked for since then counts; one that was interrupted does not, or a shutdown at seven would put off the day's
 * summaries until tomorrow. A run in the future does not, because it was recorded by a wrong clock.
 */
const newestDue = async ({ db, clock }: Running, job: string, cron: Cron): Promise<Date | null> => {
  const [newest] = cron.previousRuns(1);
  if (newest === undefined) return null;
  const { rows } = await sql<{ last: Date | null }>`
    select max(${notAhead(sql`scheduled_for`, clock.now())}) as last from ops.job_run
    where job = ${job} and result <> 'interrupted'`.execute(db);
  const last = rows[0]?.last ?? null;
  return last !== null && last >= newest ? null : newest;
};

const deliverAlways = async (deps: Running & OutboxDeps, pauseMs: number, bell: Bell): Promise<void> => {
  const { signal, log, errors } = deps;
  let wait = pauseMs;
  while (!signal.aborted) {
    let soon: number | undefined;
    try {
      ({ againAfterMs: soon } = await deliverOutbox(deps));
      wait = pauseMs;
    } catch (error) {
      // For example, PostgreSQL is unavailable: claimed messages are taken up again when the claim expires.
      log.error({ err: error }, 'delivery failed');
      errors?.report(error, { job: 'delivery' });
      wait = Math.min(wait * 2, 60_000);
    }
    await bell.wait(soon ?? wait);
  }
};
