import type { Command } from 'commander';
import { usage } from '../arguments.ts';
import type { Context } from '../context.ts';
import { counted } from '../output/words.ts';

type Options = { readonly policy?: string; readonly since: string; readonly until?: string };

/** `leads simulate` and `leads fairness`: how leads were shared, and how another policy would have shared them. */
export function registerWhatIf(leads: Command, context: Context): void {
  leads
    .command('simulate')
    .summary('simulate another policy on the leads of a period, without changing anything')
    .description(
      'Runs the leads of a period through a policy, with agents as they were at each moment, and compares the result with who really got them. Appends ' +
        'nothing. Every first offer counts as accepted.',
    )
    .option('--policy <file>', 'the policy to try (default: the one in force)')
    .requiredOption('--since <date>', 'the first day, 2026-03-31')
    .option('--until <date>', 'the day after the last one (default: now)')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse leads simulate --policy policy.yaml --since 2026-01-01 --until 2026-04-01',
    )
    .action(async (options: Options) => {
      const period = periodOf(options);
      const { withWorkspace } = await import('../workspace.ts');
      const { renderTable } = await import('../output/table.ts');
      await withWorkspace(context, async (workspace) => {
        const { loadPolicy } = await import('../../commands/policy/publish-policy.ts');
        const { simulatePolicy } = await import('../../schedulers/lead-offers/policy/simulate.ts');
        const { agentNames } = await import('../../queries/agents/agent-names.ts');
        const inForce = await loadPolicy(workspace.store);
        const policy =
          options.policy === undefined ? inForce.policy : await policyIn(workspace, options.policy, context);
        const result = await simulatePolicy(
          workspace.store,
          { policy, policyVersion: inForce.policyVersion },
          { ...period, timeZone: workspace.config.timeZone },
        );
        const names = await agentNames(
          workspace.db,
          result.agents.map(({ memberKey }) => memberKey),
        );
        const name = (key: string | null) => (key === null ? 'no one' : (names.get(key) ?? key));
        const differing = result.leads.filter((one) => one.actualMemberKey !== one.simulatedMemberKey);
        context.print(result, () =>
          [
            `${counted(result.leads.length, 'lead')}: ${result.differing} would have gone to another agent, ${result.escalated} to the person at the chain's end.`,
            '',
            renderTable(
              ['Agent', 'Actual', 'Simulated', 'Share', 'Expected wait'],
              result.agents.map((one) => [
                name(one.memberKey),
                String(one.actual),
                String(one.simulated),
                `${Math.round(one.actualShare * 100)}% → ${Math.round(one.simulatedShare * 100)}%`,
                one.expectedWaitMinutes === null ? '' : `${Math.round(one.expectedWaitMinutes)} minutes`,
              ]),
            ),
            ...(differing.length === 0 ? [] : ['', 'What would differ:']),
            ...differing
              .slice(0, 20)
              .map(
                (one) =>
                  `  ${one.contactKey}: ${name(one.actualMemberKey)} → ${name(one.simulatedMemberKey)}` +
                  (one.reasons.length === 0 ? '' : ` (${one.reasons.map(({ detail }) => detail).join('; ')})`),
              ),
            ...(differing.length > 20 ? [`  … and ${differing.length - 20} more (--json shows all)`] : []),
          ].join('\n'),
        );
      });
    });
  leads
    .command('fairness')
    .summary('how offers were shared in a period, by agent and office')
    .description(
      'Shows offers, acceptances, passes, expiries and the time to claim in a period, by agent and by office.',
    )
    .requiredOption('--since <date>', 'the first day, 2026-03-31')
    .option('--until <date>', 'the day after the last one (default: now)')
    .addHelpText('after', '\nExample:\n  openhouse leads fairness --since 2026-01-01 --until 2026-04-01')
    .action(async (options: Options) => {
      const period = periodOf(options);
      const { withWorkspace } = await import('../workspace.ts');
      const { renderTable } = await import('../output/table.ts');
      await withWorkspace(context, async (workspace) => {
        const { catchUpFirst } = await import('../job-command.ts');
        const { readFairness } = await import('../../queries/leads/fairness.ts');
        await catchUpFirst(workspace, context);
        const result = await readFairness(workspace.db, period);
        const table = (of: string, shares: (typeof result)['agents']) =>
          renderTable(
            [of, 'Offers', 'Share', 'Accepted', 'Passed', 'Expired', 'Minutes to claim'],
            shares.map((one) => [
              one.name ?? one.key ?? '(none)',
              String(one.offers),
              `${Math.round(one.share * 100)}%`,
              String(one.accepted),
              String(one.passed),
              String(one.expired),
              one.minutesToClaim === null ? '' : String(Math.round(one.minutesToClaim)),
            ]),
          );
        context.print(result, ({ agents, offices }) =>
          agents.length === 0
            ? 'No offers in this period.'
            : [table('Agent', agents), '', table('Office', offices)].join('\n'),
        );
      });
    });
}

const periodOf = ({ since, until }: Options): { since: Date; until: Date } => {
  const period = { since: new Date(since), until: until === undefined ? new Date() : new Date(until) };
  for (const [name, date] of Object.entries(period)) {
    if (Number.isNaN(date.getTime())) throw usage(`--${name} must be a date such as 2026-03-31`);
  }
  if (period.until <= period.since) throw usage('--until must be after --since');
  return period;
};

const policyIn = async (workspace: import('../workspace.ts').Workspace, file: string, context: Context) => {
  const { examinePolicyFile } = await import('../policy/examine.ts');
  return await examinePolicyFile(workspace, file, context);
};
