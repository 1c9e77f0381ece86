import { sql } from 'kysely';
import { ago, duration } from '../../platform/wording/shown-time.ts';
import { counted } from '../../platform/wording/words.ts';
import { jobs as allJobs } from '../../schedulers/jobs.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { followLegacy } from '../../schedulers/old-crm/follow-legacy.ts';
import { checkBooks } from '../../schedulers/upkeep/check-books.ts';
import { newestSlot } from '../jobs/job-slots.ts';
import { countsInWords, jobLabel } from '../jobs/job-words.ts';
import type { Condition, Finding } from './condition.ts';

/** How late a run may start: timers fire up to a second late, and one run may delay the next. */
const graceMs = 45_000;

export const jobOverdue: Condition = {
  name: 'job-overdue',
  label: 'A job is overdue',
  severity: 'broken',
  detected: `It was due at least ${graceMs / 1_000} s ago, no run has started for that time or since, and none is in progress.`,
  seenWithin: '45 s after it was due',
  whatToDo:
    'Check that `openhouse start` is running (`openhouse doctor` lists the processes), and its log. The next run catches up on what was missed.',
  href: null,
  look: ({ jobs, now, processes, timeZone }) =>
    allJobs.flatMap((expected): Finding[] => {
      const { name, label } = expected;
      const run = jobs.find(({ job }) => job === name)?.lastRun;
      const slot = newestSlot(expected, timeZone, new Date(now.getTime() - graceMs));
      if (slot === null || run?.result === 'running') return [];
      const text = (last: string) => `The job “${label}” is overdue: it was due ${ago(now, slot)} ago, and ${last}`;
      if (run == null) {
        // Nothing is overdue before the first slot after a process started running jobs.
        const since = processes.find(({ roles }) => roles.includes('jobs'))?.startedAt;
        if (since === undefined || since > slot) return [];
        return [{ subject: name, text: text('has never run'), since: slot }];
      }
      // A time in the future is its own condition (time-ahead) and must not hide this one.
      const last = run.scheduledFor > now ? run.startedAt : run.scheduledFor;
      if (last >= slot || (run.startedAt >= slot && run.startedAt <= now)) return [];
      return [{ subject: name, text: text(`last ran ${ago(now, run.startedAt)} ago`), since: slot }];
    }),
};

export const jobOverlong: Condition = {
  name: 'job-overlong',
  label: 'A run takes too long',
  severity: 'broken',
  detected: `A run has been in progress for longer than its job's time limit (${allJobs.map(({ label, timeLimitMs }) => `${label}: ${duration(timeLimitMs)}`).join(', ')}).`,
  seenWithin: 'at once, after the limit',
  whatToDo:
    'Check whether it is waiting for a lock, and its log. Restarting its process is safe: the next run takes over its work.',
  href: null,
  look: ({ jobs, now }) =>
    allJobs.flatMap(({ name, label, timeLimitMs }) => {
      const run = jobs.find(({ job }) => job === name)?.lastRun;
      if (run?.result !== 'running' || now.getTime() - run.startedAt.getTime() < timeLimitMs) return [];
      const text = `A run of “${label}” has been in progress for ${ago(now, run.startedAt)}`;
      return [{ subject: name, text, since: run.startedAt }];
    }),
};

export const jobFailed: Condition = {
  name: 'job-failed',
  label: 'The last run of a job failed',
  severity: 'broken',
  detected: "The job's latest run that ended has the result `failed`.",
  seenWithin: 'at once',
  whatToDo: '`openhouse jobs` lists the runs with their errors. The next run catches up on what this one left undone.',
  href: null,
  look: ({ jobs, following }) =>
    jobs.flatMap(({ job, lastRun }) =>
      // What is wrong with the old CRM's server is a condition of its own.
      lastRun?.result === 'failed' && !(job === followLegacy.name && lastRun.error === following?.failure?.message)
        ? [
            {
              subject: job,
              text: `${lastRun.failures > 1 ? `The last ${lastRun.failures} runs` : 'The last run'} of “${jobLabel(job)}” failed: ${lastRun.error}`,
              since: lastRun.failingSince ?? lastRun.finishedAt,
            },
          ]
        : [],
    ),
};

const lockPatienceMs = 20_000;

export const lockWait: Condition = {
  name: 'lock-wait',
  label: 'A database session is stuck waiting for a lock',
  severity: 'broken',
  detected: `A session of this database has been waiting for a lock for more than ${lockPatienceMs / 1_000} s (\`pg_stat_activity\`, \`pg_locks\`).`,
  seenWithin: '20 s',
  whatToDo:
    'Find out what holds the lock (an open psql, a dump, a migration), and if you can, end that session with `select pg_terminate_backend(<its process>)`.',
  href: null,
  look: async ({ db }) => {
    const { rows } = await sql<{ pid: number; who: string; waited: number; blockers: string | null }>`
      select waiting.pid, coalesce(nullif(waiting.application_name, ''), 'a session') as who,
        extract(epoch from clock_timestamp() - lock.since)::float8 * 1000 as waited,
        (select string_agg(format('%s, database process %s, %s', coalesce(nullif(application_name, ''), 'a session'), pid, state), '; ')
          from pg_stat_activity where pid = any (pg_blocking_pids(waiting.pid))) as blockers
      from pg_stat_activity as waiting
        join lateral (select min(waitstart) as since from pg_locks where pid = waiting.pid and not granted) as lock on true
      where waiting.datname = current_database()
        and lock.since < clock_timestamp() - make_interval(secs => ${lockPatienceMs / 1_000})
      order by lock.since`.execute(db);
    return rows.map(({ pid, who, waited, blockers }) => ({
      subject: String(pid),
      text: `${who} (database process ${pid}) has been waiting for a lock for ${duration(waited)}${blockers === null ? '' : `, held by ${blockers}`}`,
    }));
  },
};

export const booksDiffer: Condition = {
  name: 'books-differ',
  label: 'The books do not balance',
  severity: 'broken',
  detected:
    'The latest daily check of the books found imported documents that are unaccounted for, homes e-mailed twice or not remembered, messages that no process will send, or offers that expired without a message.',
  seenWithin: '24 h',
  whatToDo:
    '`openhouse jobs check-books --json` shows the counts, and `report` of its row in ops.job_run lists each difference. This is a bug in openhouse, or someone changed its tables by hand: please report it.',
  href: null,
  look: ({ jobs }) => {
    const run = jobs.find(({ job }) => job === checkBooks.name)?.lastRun;
    if (run?.result !== 'succeeded') return [];
    return countsInWords(run.job, run.counts)
      .filter(({ count }) => count > 0)
      .map(({ name, count, text }) => ({
        subject: name,
        text: `${count.toLocaleString('en-US')} ${text}`,
        since: run.finishedAt,
      }));
  },
};

export const leadsNobodyCanTake: Condition = {
  name: 'leads-without-agent',
  label: 'New leads match no agent',
  severity: 'attention',
  detected:
    'The latest run of lead matching that ended found no agent for them, or a provider rejected their offer for its content.',
  seenWithin: 'at once',
  whatToDo:
    'The Leads page shows for each lead why no agent matches. Widen what an agent covers, or assign the lead by hand.',
  href: '/leads?status=waiting&stage=New',
  look: ({ jobs }) => {
    const count = jobs.find(({ job }) => job === leadOffers.name)?.lastRun?.counts.nobodyFits ?? 0;
    if (count === 0) return [];
    return [
      { subject: leadOffers.name, text: `${counted(count, 'new lead')} ${count === 1 ? 'matches' : 'match'} no agent` },
    ];
  },
};
