import type { Command } from 'commander';
import type { CommandContext, CommandResult } from '../../../commands/execute.ts';
import type { AgentState } from '../../../domain/agent/index.ts';
import { userError } from '../../../platform/errors.ts';
import { formatMinute } from '../../../platform/wording/shown-time.ts';
import type { AgentAtWork } from '../../../queries/agents/agents-at-work.ts';
import { hoursInWords } from '../../../queries/agents/hours-in-words.ts';
import { pauseInWords } from '../../../queries/agents/pause-in-words.ts';
import type { Judged } from '../../../queries/leads/list-leads.ts';
import { usage } from '../../arguments.ts';
import { accepted, asPerson, type PersonOptions } from '../../as-person.ts';
import type { Context } from '../../context.ts';
import type { Workspace } from '../../workspace.ts';

type Options = PersonOptions & {
  readonly for?: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeZone?: string;
};

export function register(program: Command, context: Context): void {
  const agents = program
    .command('agents')
    .helpGroup('Records:')
    .summary('list agents, pause them, set their hours, office and how many leads they take on')
    .description(
      'Shows agents with their workload, and changes who gets offers. An agent is given by name, e-mail address or key.',
    );
  agents
    .command('list')
    .summary('list agents with open leads, offers, capacity and answer time')
    .description('Lists all agents with their open leads and offers, capacity, pause, and results of the last 30 days.')
    .addHelpText('after', '\nExamples:\n  openhouse agents list\n  openhouse agents list --json')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { readAgentsAtWork } = await import('../../../queries/agents/agents-at-work.ts');
      const { renderTable } = await import('../../output/table.ts');
      const { catchUpFirst } = await import('../../job-command.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context);
        const { db, config, clock } = workspace;
        const rows = await readAgentsAtWork(db, await judgedNow(workspace));
        context.print({ agents: rows }, () =>
          renderTable(
            ['Agent', 'Open leads', 'Capacity', 'Offers', 'Away', 'Answers after', 'Share (30 days)'],
            rows.map((row) => [
              row.name ?? row.memberKey,
              String(row.openLeads),
              row.maxLeads === null ? '' : String(row.maxLeads),
              String(row.openOffers),
              row.memberStatus === 'Inactive' ? 'left' : awayText(row, config.timeZone, clock.now()),
              row.answerMinutes === null ? '' : `${Math.round(row.answerMinutes)} min`,
              `${Math.round(row.share30 * 100)}%`,
            ]),
          ),
        );
      });
    });
  agents
    .command('show <agent>')
    .summary('show one agent')
    .description('Shows one agent: workload, capacity, working hours, pause, and results of the last 30 days.')
    .addHelpText('after', '\nExample:\n  openhouse agents show dana@example.com')
    .action(async (agent: string) => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { readAgentsAtWork } = await import('../../../queries/agents/agents-at-work.ts');
      const { catchUpFirst } = await import('../../job-command.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context);
        const { findRecord } = await import('../../../history/find-record.ts');
        const memberKey = await findRecord(workspace, 'agent', agent);
        const [row] = await readAgentsAtWork(workspace.db, { memberKey, ...(await judgedNow(workspace)) });
        if (row === undefined) {
          throw userError(`the read models do not have agent ${agent} yet`, { code: 'record-unknown' });
        }
        context.print(row, () =>
          [
            `${row.name ?? row.memberKey} (${row.memberStatus ?? 'Active'})`,
            `  Open leads: ${row.openLeads}${row.maxLeads === null ? '' : ` of ${row.maxLeads}`}; open offers: ${row.openOffers}`,
            `  Away: ${awayText(row, workspace.config.timeZone, workspace.clock.now()) || 'no'}`,
            `  Working hours: ${hoursText(row)}`,
            `  Office: ${row.officeKey ?? 'none'}`,
            `  Last 30 days: ${row.offers30} offers (${Math.round(row.share30 * 100)}% of all), ${row.accepted30} accepted` +
              (row.answerMinutes === null ? '' : `, answered after ${Math.round(row.answerMinutes)} minutes`),
          ].join('\n'),
        );
      });
    });
  change(
    agents,
    context,
    'pause <agent>',
    'pause an agent, who then gets no offers for a while',
    'pause dana@example.com --for 2h',
    (command) =>
      command
        .option('--for <time>', 'how long: 2h, 30m, 3d')
        .option('--from <date>', 'the first day away, 2026-03-31 (default: today)')
        .option('--to <date>', 'the last day away (default: until further notice)'),
  )(async ({ db, store, clock, config }, memberKey, _value, asked, options) => {
    const { pauseAgent } = await import('../../../commands/agents/pause-agent.ts');
    const { pauseOf } = await import('../../../commands/agents/pause-of.ts');
    const { localTime } = await import('../../../matching/working-hours.ts');
    const { agentTimeZone } = await import('../../../queries/agents/agent-names.ts');
    const { for: time, from, to } = options;
    const zone = (await agentTimeZone(db, memberKey)) ?? config.timeZone;
    const pause = pauseOf({ time, from, to }, clock.now(), (at) => localTime(at, zone).date);
    if ('problem' in pause) throw usage(pause.problem);
    return await pauseAgent(store, { memberKey, pause }, asked);
  });
  change(
    agents,
    context,
    'resume <agent>',
    "end an agent's pause, so that they get offers again",
    'resume dana@example.com',
  )(async ({ store }, memberKey, _value, asked) => {
    const { resumeAgent } = await import('../../../commands/agents/resume-agent.ts');
    return await resumeAgent(store, { memberKey }, asked);
  });
  change(
    agents,
    context,
    'capacity <agent> <leads>',
    'set how many leads an agent takes on at once, or "none" for no limit',
    'capacity dana@example.com 12',
  )(async ({ store }, memberKey, value, asked) => {
    const { setCapacity } = await import('../../../commands/agents/set-capacity.ts');
    const maxLeads = value === 'none' ? null : Number(value);
    if (maxLeads !== null && !(Number.isInteger(maxLeads) && maxLeads >= 0 && maxLeads <= 100_000)) {
      throw usage(`the capacity must be a number of leads or "none", not "${value}"`);
    }
    return await setCapacity(store, { memberKey, maxLeads }, asked);
  });
  change(
    agents,
    context,
    'hours <agent> <hours>',
    'set when an agent works: "mon-fri 9:00-17:00, sat 10:00-14:00", or "none" for at any time',
    'hours dana@example.com "mon-fri 9:00-17:00"',
    (command) => command.option('--time-zone <name>', "the agent's time zone, such as America/Chicago"),
  )(async ({ store }, memberKey, value, asked, { timeZone }) => {
    const { hoursOf } = await import('../../../commands/agents/hours-of.ts');
    const { setWorkingHours } = await import('../../../commands/agents/set-working-hours.ts');
    const { isTimeZone } = await import('../../../platform/wording/shown-time.ts');
    const given = hoursOf(value ?? '');
    if ('problem' in given) throw usage(given.problem);
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      throw usage(`"${timeZone}" is not a time zone such as America/New_York`);
    }
    return await setWorkingHours(store, { memberKey, hours: given.hours, timeZone }, asked);
  });
  change(
    agents,
    context,
    'office <agent> <office>',
    'set an agent\'s office, spelled as the routing policy spells it, or "none"',
    'office dana@example.com boca',
  )(async ({ store }, memberKey, value, asked) => {
    const { officeOf, setOffice } = await import('../../../commands/agents/set-office.ts');
    const given = officeOf(value ?? '');
    if ('problem' in given) throw usage(given.problem);
    return await setOffice(store, { memberKey, officeKey: given.officeKey }, asked);
  });
}

/** What deadlines are judged by: the policy in force, now. */
const judgedNow = async ({ store, clock }: Workspace): Promise<Judged> => {
  const { loadPolicy } = await import('../../../commands/policy/publish-policy.ts');
  const { responseMinutes } = await import('../../../queries/leads/lead-status.ts');
  return { now: clock.now(), responseMinutes: responseMinutes((await loadPolicy(store)).policy) };
};

type Run = (
  workspace: Workspace,
  memberKey: string,
  value: string | undefined,
  asked: CommandContext,
  options: Options,
) => Promise<CommandResult<AgentState>>;

const change =
  (
    agents: Command,
    context: Context,
    name: string,
    summary: string,
    example: string,
    more: (command: Command) => Command = (same) => same,
  ) =>
  (run: Run): void => {
    const command = agents
      .command(name)
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
      .option('--because <reason>', 'why; recorded in the history')
      .option('--as <person>', 'who does this: a member key or a login (default: your login)');
    command.addHelpText('after', `\nExample:\n  openhouse agents ${example}`);
    const hasValue = name.split('<').length === 3;
    more(command).action(async (agent: string, second: unknown, third?: unknown) => {
      const options = (hasValue ? third : second) as Options;
      const asked = asPerson(options);
      const { withWorkspace } = await import('../../workspace.ts');
      await withWorkspace(context, async (workspace) => {
        const { findRecord } = await import('../../../history/find-record.ts');
        const memberKey = await findRecord(workspace, 'agent', agent);
        const result = accepted(
          await run(workspace, memberKey, hasValue ? (second as string) : undefined, asked, options),
          `agent ${agent} was not changed`,
        );
        const changed = result.events.length > 0;
        context.print({ memberKey, action: name.split(' ')[0], changed, pause: result.state.pause }, () =>
          changed ? `Agent ${agent}: recorded.` : `Nothing was changed: the record already says so.`,
        );
      });
    });
  };

const awayText = (row: AgentAtWork, timeZone: string, now: Date): string =>
  pauseInWords(row, now, timeZone, (at) => formatMinute(at, timeZone)) ?? '';

const hoursText = ({ hours, timeZone }: AgentAtWork): string =>
  `${hoursInWords(hours) || 'not known'}${timeZone === null ? '' : ` (${timeZone})`}`;
