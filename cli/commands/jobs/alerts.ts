import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { counted, number } from '../../output/words.ts';

export function register(program: Command, context: Context): void {
  const alerts = program
    .command('alerts')
    .helpGroup('Jobs:')
    .summary('e-mail buyers about homes that are new, changed in price or back on the market')
    .description(
      'E-mails to buyers about homes that match their saved searches. `openhouse start` runs them every 15 minutes.',
    );
  alerts
    .command('on-hold')
    .summary('list the saved searches that send nothing until someone corrects them')
    .description(
      'Lists the active saved searches that are on hold because something in them could not be understood: whose they ' +
        'are, and what was found, shortened (whole with --json). To correct one: `openhouse correct saved-search <id> <field>=<value> --because "…"`.',
    )
    .addHelpText('after', '\nExamples:\n  openhouse alerts on-hold\n  openhouse alerts on-hold --json')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { readHeldSearches } = await import('../../../queries/leads/lead-facts.ts');
      const { holdInWords } = await import('../../../queries/leads/hold-shown.ts');
      const { renderTable } = await import('../../output/table.ts');
      await withWorkspace(context, async ({ db }) => {
        const most = 1_000;
        const found = await readHeldSearches(db, most + 1);
        const searches = found.slice(0, most);
        if (found.length > most)
          context.say(`only the oldest ${number(most)} are listed; the console has them all, on its page /on-hold`);
        context.print(searches, () =>
          searches.length === 0
            ? 'No active saved search is on hold.'
            : renderTable(
                ['id', 'name', 'lead', 'not understood'],
                searches.map(({ savedSearchKey, name, leadName, holdReasons }) => [
                  savedSearchKey,
                  name,
                  leadName ?? '–',
                  holdInWords(holdReasons, '\n'),
                ]),
              ),
        );
      });
    });
  alerts
    .command('run')
    .summary('match changes since the last run, and e-mail the news')
    .description(
      'Matches every change of a listing since the last run against all active saved searches, and queues one e-mail for each ' +
        'lead with news. No one gets the same news twice, and no one who has opted out gets any. Daily and weekly searches ' +
        'wait until they are due.',
    )
    .option('--no-send', 'only queue the e-mails, for `openhouse outbox send` or `openhouse start` to send')
    .addHelpText('after', '\nExamples:\n  openhouse alerts run\n  openhouse alerts run --no-send --json')
    .action(async (options: { send: boolean }) => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { catchUpFirst, deliveryText, runWhenFree, send } = await import('../../job-command.ts');
      const { footerOf } = await import('../../../delivery/email/footer.ts');
      const { alerts } = await import('../../../schedulers/alerts/job.ts');
      const { runJob } = await import('../../../schedulers/running/job-run.ts');
      await withWorkspace(context, async (workspace) => {
        await catchUpFirst(workspace, context);
        const { jobRunId, durationMs, result } = await runWhenFree(context, () =>
          runJob(alerts, { ...workspace, baseUrl: workspace.config.baseUrl, footer: footerOf(workspace.config) }),
        );
        const delivery = options.send ? await send(workspace, context) : null;
        const { counts, droppedBy, onHold } = result;
        context.print({ jobRunId, durationMs, counts, droppedBy, onHold, delivery }, () =>
          [
            `${counted(counts.changes, 'change')} on the market: ${counted(counts.digests, 'e-mail')} with ${counted(counts.homes, 'home')} queued.`,
            ...(counts.waiting > 0
              ? [`${counted(counts.waiting, 'match waits', 'matches wait')} for a daily or weekly e-mail.`]
              : []),
            ...(counts.history === undefined
              ? []
              : [
                  `${counted(counts.history, 'match is', 'matches are')} held back as history, from before this database was set up: see \`openhouse recover\`.`,
                ]),
            ...(counts.held > 0
              ? [
                  `${counted(counts.held, 'record was', 'records were')} skipped because of parked events: see \`openhouse projections parked\`.`,
                ]
              : []),
            ...(counts.onHold > 0
              ? [
                  `${counted(counts.onHold, 'active saved search is', 'active saved searches are')} on hold, so nothing is sent for them:`,
                  ...Object.entries(onHold).map(([reason, count]) => `  ${number(count)} with ${reason}.`),
                  '  `openhouse alerts on-hold` lists them.',
                ]
              : []),
            ...Object.entries(droppedBy).map(([reason, count]) => `Not sent: ${number(count)}, ${reason}.`),
            ...(delivery === null ? [] : [deliveryText(delivery)]),
          ].join('\n'),
        );
      });
    });
}
