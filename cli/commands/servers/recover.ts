import type { Command } from 'commander';
import { exitCodes, userError } from '../../../platform/errors.ts';
import type { Context } from '../../context.ts';
import { counted } from '../../output/words.ts';

type Options = {
  readonly apply?: boolean;
  readonly databaseRestored?: boolean;
  readonly releaseHistory?: boolean;
  readonly because?: string;
};

export function register(program: Command, context: Context): void {
  program
    .command('recover')
    .helpGroup('Servers:')
    .summary('after restoring a backup: find and repair what no longer matches')
    .description(
      'Compares the database with the event store. After one of them was restored from a backup (or lost), shows what no ' +
        'longer matches: read models, the position of the alerts, imports whose events are gone, a database that no longer knows ' +
        'what it sent. Without --apply it changes nothing. With --apply it rebuilds and resets what is necessary, so that ' +
        'the next import and the next jobs can catch up. No one gets anything twice.',
    )
    .option('--apply', 'repair it')
    .option(
      '--database-restored',
      'PostgreSQL was restored from a backup: treat everything recorded until now as history, for which nothing is sent',
    )
    .option('--release-history', 'let the next jobs send what is held back as history')
    .option('--because <reason>', 'why; recorded (with --database-restored and --release-history)')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything matches (or was repaired), 3 something does not match, or is held back as history.

Examples:
  openhouse recover
  openhouse recover --apply
  openhouse recover --apply --database-restored --because "restored last night's backup"
  openhouse recover --release-history --because "second office opened today"

See docs/restoring-a-backup.md.`,
    )
    .action(async (options: Options) => {
      if ((options.databaseRestored || options.releaseHistory) && options.because === undefined)
        throw userError('give the reason with --because', { code: 'usage', exitCode: exitCodes.usage });
      if (options.databaseRestored && !options.apply)
        throw userError('--database-restored makes changes, so it needs --apply', {
          code: 'usage',
          exitCode: exitCodes.usage,
        });
      const { withWorkspace } = await import('../../workspace.ts');
      const { prepareProjections } = await import('../../../projections/index.ts');
      const { inspect, fits } = await import('../../../recovery/inspect.ts');
      const { recover, releaseHistory } = await import('../../../recovery/recover.ts');
      const { inspectionText, recoveredText } = await import('../../recover/text.ts');
      await withWorkspace(context, async (workspace) => {
        await prepareProjections(workspace.db);
        if (options.releaseHistory) {
          const released = await releaseHistory(workspace, options.because!);
          context.print(
            { released },
            ({ released: { matches, leads } }) =>
              `Released ${counted(matches, 'match', 'matches')} and ${counted(leads, 'lead')} for the next \`openhouse alerts run\` and \`openhouse leads match\`.`,
          );
          return;
        }
        if (options.apply) {
          const { databaseRestored = false, because = 'found by openhouse recover' } = options;
          context.keepsWork();
          const recovered = await recover(workspace, { databaseRestored, because, signal: context.signal });
          context.print(recovered, recoveredText);
          return;
        }
        const inspection = await inspect(workspace);
        const { history, timesAhead } = inspection;
        if (!fits(inspection) || history.matches + history.leads + timesAhead.length > 0)
          context.exitWith(exitCodes.needsAttention);
        context.print({ fits: fits(inspection), ...inspection }, () =>
          inspectionText(inspection, workspace.config.timeZone),
        );
      });
    });
}
