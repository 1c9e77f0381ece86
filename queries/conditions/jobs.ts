import { sql } from 'kysely';
import { checkBooks } from '../../schedulers/check-books.ts';
import { jobs as allJobs } from '../../schedulers/jobs.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { newestSlot } from '../job-slots.ts';
import { countsInWords, jobLabel } from '../job-words.ts';
import { ago, type Condition, counted, duration, type Finding } from './condition.ts';

/** So late may a run begin: schedulers are woken up to a second late, and one run may make the next wait. */
const graceMs = 45_000;

export const jobOverdue: Condition = {
  name: 'job-overdue',
  label: 'A job is overdue',
  severity: 'broken',
  detected: `A slot of its schedule passed ${graceMs / 1_000} s ago or more, no run was begun for it or since, and none is under way.`,
  seenWithin: '45 s after the slot',
  whatToDo:
    'See whether `openhouse start` runs (`openhouse doctor` lists the processes) and what its log says. The next run takes up what was missed.',
  href: null,
  look: ({ jobs, now, processes, timeZone }) =>
    allJobs.flatMap((expected): Finding[] => {
      const { name, label } = expected;
      const run = jobs.find(({ job }) => job === name)?.lastRun;
      const slot = newestSlot(expected, timeZone, new Date(now.getTime() - graceMs));
      if (slot === null || run?.result === 'running') return [];
      const text = (last: string) => `The job “${label}” is overdue: it was due ${ago(now, slot)} ago, and ${last}`;
      if (run == null) {
        // Before the first slot after somebody began to run jobs there is nothing to miss.
        const since = processes.find(({ roles }) => roles.includes('jobs'))?.startedAt;
        if (since === undefined || since > slot) return [];
        return [{ subject: name, text: text('has never run'), since: slot }];
      }
      // A slot in the future is a fault of its own (time-ahead), and must not hide this one.
      const last = run.scheduledFor > now ? run.startedAt : run.scheduledFor;
      if (last >= slot || (run.startedAt >= slot && run.startedAt <= now)) return [];
      return [{ subject: name, text: text(`last ran ${ago(now, run.startedAt)} ago`), since: slot }];
    }),
};

export const jobOverlong: Condition = {
  name: 'job-overlong',
  label: 'A run takes too long',
  severity: 'broken',
  detected: `A run has been under way for longer than its job may take (${allJobs.map(({ label, timeLimitMs }) => `${label}: ${duration(timeLimitMs)}`).join(', ')}).`,
  seenWithin: 'at once, from the limit on',
  whatToDo:
    'See whether it waits for a lock (below), and what its log says. Restarting its process is safe: the next run closes it and takes up its work.',
  href: null,
  look: ({ jobs, now }) =>
    allJobs.flatMap(({ name, label, timeLimitMs }) => {
      const run = jobs.find(({ job }) => job === name)?.lastRun;
      if (run?.result !== 'running' || now.getTime() - run.startedAt.getTime() < timeLimitMs) return [];
      const text = `A run of “${label}” has been under way for ${ago(now, run.startedAt)}`;
      return [{ subject: name, text, since: run.startedAt }];
    }),
};

export const jobFailed: Condition = {
  name: 'job-failed',
  label: 'The last run of a job failed',
  severity: 'broken',
  detected: "The job's newest run that has ended has the result `failed`.",
  seenWithin: 'at once',
  whatToDo: '`openhouse jobs` lists the runs with their errors. The next run takes up what this one left.',
  href: null,
  look: ({ jobs }) =>
    jobs.flatMap(({ job, lastRun }) =>
      lastRun?.result === 'failed'
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
  label: 'Something hangs in a lock of the database',
  severity: 'broken',
  detected: `A session of this database has been waiting for a lock for more than ${lockPatienceMs / 1_000} s (\`pg_stat_activity\`, \`pg_locks\`).`,
  seenWithin: '20 s',
  whatToDo:
    'End the session that holds the lock, with `select pg_terminate_backend(<its process>)`, once you know whose it is: an open psql, a dump, a migration.',
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
    'The newest book check, which runs once a day, found imported documents that are not accounted for, homes e-mailed twice or not remembered, messages that no process will take up, or offers that ran out without a message.',
  seenWithin: '24 h',
  whatToDo:
    '`openhouse jobs check-books --json` has the counts; the `report` of its row in ops.job_run names each difference. This is a fault in openhouse, or someone changed its tables by hand: report it.',
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
  label: 'New leads fit no agent',
  severity: 'attention',
  detected: 'The last run of lead matching that has ended found no agent for them.',
  seenWithin: 'at once',
  whatToDo:
    'The page of leads says for each lead why no agent fits: widen what an agent covers, or assign the lead by hand.',
  href: '/leads',
  look: ({ jobs }) => {
    const count = jobs.find(({ job }) => job === leadOffers.name)?.lastRun?.counts.nobodyFits ?? 0;
    if (count === 0) return [];
    return [
      { subject: leadOffers.name, text: `${counted(count, 'new lead')} ${count === 1 ? 'fits' : 'fit'} no agent` },
    ];
  },
};
