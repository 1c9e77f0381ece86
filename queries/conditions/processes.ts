import type { ProcessRole } from '../../platform/processes/register.ts';
import type { RunningProcess } from '../processes.ts';
import { ago, type Condition, duration, type Look } from './condition.ts';

/** Four signs of life in a row that did not come. */
const silentAfterMs = 40_000;

const isSilent = (now: Date, { beatAt }: RunningProcess): boolean => now.getTime() - beatAt.getTime() > silentAfterMs;

const who = ({ command, pid, host }: RunningProcess) => `\`${command}\` (process ${pid} on ${host})`;

/** What has to be kept going, and what does not happen otherwise. */
const needed: readonly { readonly role: ProcessRole; readonly otherwise: string }[] = [
  { role: 'jobs', otherwise: 'no buyer is told of a home, no lead is offered, and no message goes out' },
  { role: 'read models', otherwise: 'what is recorded from now on is not shown' },
];

const nothingToKeepGoing = ({ builds, jobs }: Look): boolean =>
  builds.every(({ state }) => state !== 'live') && jobs.every(({ lastRun }) => lastRun === null);

export const noProcess: Condition = {
  name: 'no-process',
  label: 'Nothing runs the jobs or feeds the read models',
  severity: 'attention',
  detected: 'No process on the list (`ops.process`, a sign of life every 10 s) has the role, and there is data.',
  seenWithin: '40 s (at once when the process ended as it should)',
  whatToDo: 'Run `openhouse start`, on any machine that reaches the same servers.',
  href: null,
  look: (look) => {
    if (nothingToKeepGoing(look)) return [];
    return needed
      .filter(({ role }) => !look.processes.some((each) => each.roles.includes(role) && !isSilent(look.now, each)))
      .map(({ role, otherwise }) => ({
        subject: role,
        text: `No process keeps the ${role} going: ${otherwise}`,
      }));
  },
};

export const processSilent: Condition = {
  name: 'process-silent',
  label: 'A process has stopped without saying so',
  severity: 'broken',
  detected: `Its last sign of life in \`ops.process\` is older than ${silentAfterMs / 1_000} s, and no process was started since.`,
  seenWithin: '40 s',
  whatToDo:
    'Look at its log and at its machine, and start it again. It was killed, it hangs, or it does not reach PostgreSQL.',
  href: null,
  look: ({ now, processes }) =>
    processes
      .filter((each) => isSilent(now, each) && !processes.some(({ startedAt }) => startedAt > each.beatAt))
      .map((each) => ({
        subject: `${each.host}:${each.pid}`,
        text: `${who(each)} has given no sign of life for ${ago(now, each.beatAt)}`,
        since: each.beatAt,
      })),
};

const clockToleranceMs = 5_000;

export const clockDiffers: Condition = {
  name: 'clock-differs',
  label: 'A clock is wrong',
  severity: 'attention',
  detected: `A process's clock is more than ${clockToleranceMs / 1_000} s away from PostgreSQL's; each process measures it every 10 s.`,
  seenWithin: '20 s',
  whatToDo:
    'Set the clock of that machine (or of the database) by NTP: schedules, time limits and the times shown depend on it.',
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
