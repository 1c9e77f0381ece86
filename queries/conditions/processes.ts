import type { ProcessRole } from '../../platform/processes/register.ts';
import { ago, duration } from '../../platform/wording/shown-time.ts';
import { isSilent, type RunningProcess, silentAfterMs } from '../processes.ts';
import type { Condition, Look } from './condition.ts';

const who = ({ command, pid, host }: RunningProcess) => `\`${command}\` (process ${pid} on ${host})`;

/** The roles that some process must have, and what stops without them. */
const needed: readonly { readonly role: ProcessRole; readonly otherwise: string }[] = [
  { role: 'jobs', otherwise: 'No process is running the jobs: no alerts, lead offers or messages go out' },
  { role: 'read models', otherwise: 'No process is feeding the read models: new changes are not shown' },
];

const nothingToKeepGoing = ({ builds, jobs }: Look): boolean =>
  builds.every(({ state }) => state !== 'live') && jobs.every(({ lastRun }) => lastRun === null);

export const noProcess: Condition = {
  name: 'no-process',
  label: 'No process runs the jobs or feeds the read models',
  severity: 'attention',
  detected: 'There is data, but no process in `ops.process` (heartbeat every 10 s) has the role.',
  seenWithin: '40 s (at once after a clean shutdown)',
  whatToDo: 'Run `openhouse start` on any machine that can reach the same servers.',
  href: null,
  look: (look) => {
    if (nothingToKeepGoing(look)) return [];
    return needed
      .filter(({ role }) => !look.processes.some((each) => each.roles.includes(role) && !isSilent(look.now, each)))
      .map(({ role, otherwise }) => ({
        subject: role,
        text: otherwise,
      }));
  },
};

export const processSilent: Condition = {
  name: 'process-silent',
  label: 'A process has gone silent',
  severity: 'broken',
  detected: `Its last heartbeat in \`ops.process\` is older than ${silentAfterMs / 1_000} s, and no process has been started since.`,
  seenWithin: '40 s',
  whatToDo: 'It was killed, hangs, or cannot reach PostgreSQL. Check its log and its machine, and start it again.',
  href: null,
  look: ({ now, processes }) =>
    processes
      .filter((each) => isSilent(now, each) && !processes.some(({ startedAt }) => startedAt > each.beatAt))
      .map((each) => ({
        subject: `${each.host}:${each.pid}`,
        text: `${who(each)} has sent no heartbeat for ${ago(now, each.beatAt)}`,
        since: each.beatAt,
      })),
};

const clockToleranceMs = 5_000;

export const clockDiffers: Condition = {
  name: 'clock-differs',
  label: 'A clock is wrong',
  severity: 'attention',
  detected: `A process's clock is more than ${clockToleranceMs / 1_000} s off PostgreSQL's; each process measures this every 10 s.`,
  seenWithin: '20 s',
  whatToDo:
    'Synchronise the clock of that machine (or of the database) with NTP: schedules, time limits and displayed times depend on it.',
  href: null,
  look: ({ now, processes, clockAheadMs }) => {
    const clocks = [
      { subject: 'this process', ahead: clockAheadMs, who: 'this process' },
      ...processes
        .filter((each) => !isSilent(now, each))
        .map((each) => ({ subject: each.host, ahead: each.clockAheadMs, who: who(each) })),
    ];
    const wrong = clocks.filter(({ ahead }) => Math.abs(ahead) > clockToleranceMs);
    return wrong.map(({ subject, ahead, who }) => ({
      subject,
      text: `The clock of ${who} is ${duration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the database's`,
    }));
  },
};
