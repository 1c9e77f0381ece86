import type { Config } from '../../platform/config/config.ts';
import { openDatabase } from '../../platform/database/database.ts';
import type { Servers } from '../../platform/servers.ts';
import { formatTime } from '../../platform/wording/shown-time.ts';
import type { Severity } from '../../queries/conditions/condition.ts';
import type { Examination, Problem } from '../../queries/conditions/examine.ts';
import { followingInWords } from '../../queries/importing/following-words.ts';
import type { RunningProcess } from '../../queries/processes.ts';
import type { Check } from './check.ts';

/** Checks every condition, as the console does; see queries/conditions. */
export async function examineConditions(servers: Servers, config: Config): Promise<Examination> {
  const [{ examine }, { connectEventStore }, { systemClock }] = await Promise.all([
    import('../../queries/conditions/examine.ts'),
    import('../../eventstore/event-store.ts'),
    import('../../platform/clock.ts'),
  ]);
  const { db, close } = openDatabase<unknown>(servers.databaseUrl, { applicationName: 'openhouse doctor', max: 3 });
  const store = connectEventStore(servers.eventStoreUrl, { ms: 0 });
  try {
    return await examine({ db, store, config, clock: systemClock });
  } finally {
    await Promise.all([close().catch(() => {}), store.close().catch(() => {})]);
  }
}

const states: Readonly<Record<Severity, Check['state']>> = {
  note: 'ok',
  attention: 'warning',
  broken: 'failed',
  down: 'failed',
};

/** The problems as checks; a single `ok` one when there are none. */
export const problemChecks = (problems: readonly Problem[]): Check[] => [
  ...problems.map(({ condition, severity, text, whatToDo, subject, since }) => ({
    name: condition,
    label: '',
    state: states[severity],
    detail: text,
    hint: whatToDo,
    facts: { severity, subject, since },
  })),
  ...(problems.length === 0
    ? [{ name: 'work', state: 'ok' as const, detail: 'no problems with jobs, messages, read models or imports' }]
    : []),
];

/** How far the old CRM's live database is followed. What is wrong with it is among the problems. */
export const followingChecks = (following: Examination['following'], zone: string): Check[] =>
  following === null
    ? []
    : [
        {
          name: 'following',
          label: 'following',
          state: 'ok',
          detail: `${following.source}: ${followingInWords(following, zone)}`,
          facts: following,
        },
      ];

/** Which processes run what, on any machine. */
export const processChecks = (processes: readonly RunningProcess[], zone: string): Check[] =>
  processes.map(({ command, host, pid, roles, startedAt, beatAt, consoleUrl }) => ({
    name: 'process',
    state: 'ok',
    detail: `\`${command}\`, process ${pid} on ${host}${roles.length === 0 ? '' : `, runs ${roles.join(', ')}`}, started ${formatTime(startedAt.toISOString(), zone)}, last heartbeat ${formatTime(beatAt.toISOString(), zone)}`,
    facts: { command, host, pid, roles, startedAt, beatAt, consoleUrl },
  }));
