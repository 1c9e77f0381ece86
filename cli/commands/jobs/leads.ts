import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { registerActions } from '../../leads/actions.ts';
import { registerCapture } from '../../leads/capture.ts';
import { registerConsent } from '../../leads/consent.ts';
import { registerList } from '../../leads/list.ts';
import { registerProgress } from '../../leads/progress.ts';
import { registerWhatIf } from '../../leads/what-if.ts';
import { registerWhy } from '../../leads/why.ts';
import { counted, number } from '../../output/words.ts';

export function register(program: Command, context: Context): void {
  const leads = program
    .command('leads')
    .helpGroup('Jobs:')
    .summary('offer new leads to the best-matching agents; record who wants e-mail')
    .description(
      'Offers leads to agents, and records by hand who wants e-mail. `openhouse start` checks for new leads all the time.',
    );
  registerCapture(leads, context);
  registerList(leads, context);
  registerWhy(leads, context);
  leads
    .command('match')
    .summary('offer every new lead to the best-matching agent')
    .description(
      'Offers each new lead that has no agent and no open offer to the best-matching agent, by area, price range, language, ' +
        'workload and working hours. Agents who are away or full are left out, and ties go to the agent who has waited longest. ' +
        'The offer includes the reasons; for a lead that matches no agent, the output shows why. A lead is new when its stage is New ' +
        'or empty. To have a lead offered that someone has already worked on, run `openhouse leads stage <lead> New`.',
    )
    .option('--no-send', 'only queue the Slack messages, for `openhouse outbox send` or `openhouse start` to send')
    .addHelpText('after', '\nExamples:\n  openhouse leads match\n  openhouse leads match --json')
    .action(async (options: { send: boolean }) => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { catchUpFirst, deliveryText, runWhenFree, send } = await import('../../job-command.ts');
      const { leadOffers } = await import('../../../schedulers/lead-offers/job.ts');
      const { runJob } = await import('../../../schedulers/running/job-run.ts');
      const { renderTable } = await import('../../output/table.ts');
      const { recordNames } = await import('../../../queries/record-names.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context);
        const { jobRunId, durationMs, result } = await runWhenFree(context, () =>
          runJob(leadOffers, { ...workspace, timeZone: workspace.config.timeZone }),
        );
        const delivery = options.send ? await send(workspace, context) : null;
        const { counts, offers, report } = result;
        const names = await recordNames(
          workspace.db,
          new Set([
            ...offers.slice(0, shown).flatMap((offer) => [offer.contactKey, offer.memberKey]),
            ...report.unmatched.slice(0, shown).map((lead) => lead.contactKey),
          ]),
        );
        const nameOf = (key: string) => names.get(key) ?? key;
        context.print({ jobRunId, durationMs, counts, offers, unmatched: report.unmatched, delivery }, () =>
          [
            `${counted(counts.leads, 'new lead')} without an agent: ${number(counts.offered)} offered, ${number(counts.nobodyFits)} without a matching agent` +
              `${counts.skipped > 0 ? `, ${number(counts.skipped)} taken in the meantime` : ''}.`,
            ...(counts.history === undefined
              ? []
              : [
                  `${counted(counts.history, 'lead is', 'leads are')} held back as history, from before this database was set up: see \`openhouse recover\`.`,
                ]),
            ...(offers.length === 0
              ? []
              : [
                  '',
                  renderTable(
                    ['Lead', 'Offered to', 'Points'],
                    offers
                      .slice(0, shown)
                      .map((offer) => [nameOf(offer.contactKey), nameOf(offer.memberKey), String(offer.score)]),
                  ),
                  ...more(offers.length),
                ]),
            ...(report.unmatched.length === 0
              ? []
              : [
                  '',
                  renderTable(
                    ['No matching agent', 'Why, by number of agents'],
                    report.unmatched.slice(0, shown).map((lead) => [nameOf(lead.contactKey), lead.summary]),
                  ),
                  ...more(counts.nobodyFits),
                ]),
            ...(delivery === null ? [] : ['', deliveryText(delivery)]),
          ].join('\n'),
        );
      });
    });
  registerConsent(leads, context);
  registerActions(leads, context);
  registerProgress(leads, context);
  registerWhatIf(leads, context);
}

const shown = 20;
const more = (count: number) => (count > shown ? [`… and ${count - shown} more`] : []);
