import type { Command } from 'commander';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { Context } from '../context.ts';

export function register(program: Command, context: Context): void {
  const leads = program
    .command('leads')
    .helpGroup('Jobs:')
    .summary('offer new leads to the agents who fit best')
    .description('Offers of leads to agents. `openhouse start` looks for new leads all the time.');
  leads
    .command('match')
    .summary('offer every new lead to the agent who fits best')
    .description(
      'Offers each new lead that has no agent and no open offer to the agent who fits best, by area, price range, language, ' +
        'free hands and working hours; those who are away or full are left out, and ties go to who waited longest. The reasons ' +
        'are on the offer. A lead that nobody fits is told with the reasons. New means in the stage New, or in none: whose ' +
        'a lead is that somebody has worked on already, a person says (`openhouse correct lead <id> leadStage=New` has it offered).',
    )
    .option('--no-send', 'only queue the Slack messages; `openhouse outbox send` or `openhouse start` sends them')
    .addHelpText('after', '\nExamples:\n  openhouse leads match\n  openhouse leads match --json')
    .action(async (options: { send: boolean }) => {
      const { withWorkspace } = await import('../workspace.ts');
      const { catchUpFirst, deliveryText, runWhenFree, send } = await import('../job-command.ts');
      const { leadOffers } = await import('../../schedulers/lead-offers/job.ts');
      const { runJob } = await import('../../schedulers/job-run.ts');
      const { renderTable } = await import('../table.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context);
        const { jobRunId, durationMs, result } = await runWhenFree(context, () =>
          runJob(leadOffers, { ...workspace, timeZone: workspace.config.timeZone }),
        );
        const delivery = options.send ? await send(workspace, context) : null;
        const { counts, offers, report } = result;
        const nameOf = await names(workspace.db, [
          ...offers.slice(0, shown).flatMap((offer) => [offer.contactKey, offer.memberKey]),
          ...report.unmatched.slice(0, shown).map((lead) => lead.contactKey),
        ]);
        context.print({ jobRunId, durationMs, counts, offers, unmatched: report.unmatched, delivery }, () =>
          [
            `${counts.leads} new leads without an agent: ${counts.offered} offered, nobody fits ${counts.nobodyFits}` +
              `${counts.skipped > 0 ? `, ${counts.skipped} taken meanwhile` : ''}.`,
            ...(counts.history === undefined
              ? []
              : [
                  `${counts.history} leads are from before this database was set up, and wait for a person: see \`openhouse recover\`.`,
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
                    ['Nobody fits', 'Why: of the agents,'],
                    report.unmatched.slice(0, shown).map((lead) => [nameOf(lead.contactKey), lead.summary]),
                  ),
                  ...more(counts.nobodyFits),
                ]),
            ...(delivery === null ? [] : ['', deliveryText(delivery)]),
          ].join('\n'),
        );
      });
    });
}

const shown = 20;
const more = (count: number) => (count > shown ? [`… and ${count - shown} more`] : []);

/** What leads and agents are called; who has no name is called by the key. */
const names = async (db: QueryExecutorProvider, keys: readonly string[]) => {
  const { rows } = await sql<{ key: string; name: string }>`
    select contact_key as key, concat_ws(' ', first_name, last_name) as name from read.leads
    where contact_key = any (${keys})
    union all
    select member_key, member_full_name from read.agents where member_key = any (${keys})`.execute(db);
  const known = new Map(rows.map(({ key, name }) => [key, name]));
  return (key: string) => known.get(key) || key;
};
