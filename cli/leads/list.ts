import type { Command } from 'commander';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { usage, wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { number } from '../output/words.ts';

type Options = {
  readonly text?: string;
  readonly status?: string;
  readonly stage?: string;
  readonly agent?: string;
  readonly source?: string;
  readonly city?: string;
  readonly overdue?: boolean;
  readonly limit: number;
};

export function registerList(leads: Command, context: Context): void {
  leads
    .command('list')
    .summary('list leads, by status, stage, agent, source or city')
    .description(
      'Lists leads, the newest first. A lead is `waiting` (no agent, not on offer), `offered`, `assigned` or `closed`.',
    )
    .option('--text <text>', 'part of a name, an e-mail address or a phone number, also former ones')
    .option('--status <status>', 'waiting, offered, assigned or closed')
    .option('--stage <stage>', 'New, Contacted, Hot, …')
    .option('--agent <agent>', 'the agent who has the lead, or has it on offer')
    .option('--source <source>', 'Zillow, Website, …')
    .option('--city <city>', 'where they look for a home: a city or a ZIP code')
    .option('--overdue', 'only those whose offer has expired, or whose agent has not been in touch in time')
    .option('--limit <number>', 'the maximum number of leads', wholeNumber(1, 10_000), 50)
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse leads list --status waiting\n  openhouse leads list --agent dana@example.com --json',
    )
    .action(async (options: Options) => {
      const { withWorkspace } = await import('../workspace.ts');
      const { countLeads, listLeads, totalOf } = await import('../../queries/leads/list-leads.ts');
      const { leadListStatuses, responseMinutes } = await import('../../queries/leads/lead-status.ts');
      const { loadPolicy } = await import('../../commands/policy/publish-policy.ts');
      const { renderTable } = await import('../output/table.ts');
      const status = leadListStatuses.find((one) => one === options.status);
      if (options.status !== undefined && status === undefined) {
        throw usage(`--status must be one of ${leadListStatuses.join(', ')}, not "${options.status}"`);
      }
      await withWorkspace(context, async (workspace) => {
        const { catchUpFirst } = await import('../job-command.ts');
        await catchUpFirst(workspace, context);
        const { findRecord } = await import('../../history/find-record.ts');
        const { text, stage, source, city, overdue, agent, limit } = options;
        const memberKey = agent === undefined ? undefined : await findRecord(workspace, 'agent', agent);
        const { db, store, clock } = workspace;
        const filter = { text, status, stage, source, area: city, overdue, memberKey };
        const judged = { now: clock.now(), responseMinutes: responseMinutes((await loadPolicy(store)).policy) };
        const [{ rows }, counts] = await Promise.all([
          listLeads(db, filter, judged, { limit }),
          countLeads(db, filter, judged),
        ]);
        const total = totalOf(counts, filter);
        context.print({ total, leads: rows }, () =>
          rows.length === 0
            ? 'No leads.'
            : [
                renderTable(
                  ['Lead', 'Status', 'Stage', 'Source', 'Agent', 'Received'],
                  rows.map((row) => [
                    row.name ?? row.contactKey,
                    row.overdue ? `${row.status}, overdue` : row.status,
                    row.leadStage,
                    row.leadSource ?? '',
                    row.memberNames.join(', '),
                    row.capturedAt === null ? '' : formatMinute(row.capturedAt, workspace.config.timeZone),
                  ]),
                ),
                ...(total > rows.length ? [`… ${number(rows.length)} of ${number(total)}`] : []),
              ].join('\n'),
        );
      });
    });
}
