import type { Command } from 'commander';
import { exitCodes, userError } from '../../platform/errors.ts';
import type { Context } from '../context.ts';

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
    .summary('after restoring a backup: what no longer fits, and putting it right')
    .description(
      'Compares the database with the event store. After one of them was restored from a backup (or lost), says what does ' +
        'not fit: read models, the cursor of the alerts, imports whose events are gone, a database that has forgotten ' +
        'what it sent. Without --apply it changes nothing. With --apply it rebuilds and resets what has to be, so that ' +
        'the next import and the next jobs put things right; nobody is told anything twice.',
    )
    .option('--apply', 'put it right')
    .option(
      '--database-restored',
      'PostgreSQL was restored from a backup: whatever was recorded until now counts as told, and waits for a person',
    )
    .option('--release-history', 'let what waits as history go out with the next jobs')
    .option('--because <why>', 'why, for the record (with --database-restored and --release-history)')
    .addHelpText(
      'after',
      `
Exit codes: 0 everything fits (or was put right), 3 something does not fit, or waits as history.

Examples:
  openhouse recover
  openhouse recover --apply
  openhouse recover --apply --database-restored --because "restored last night's backup"
  openhouse recover --release-history --because "second office opened today"

docs/restoring-a-backup.md tells the whole story.`,
    )
    .action(async (options: Options) => {
      if ((options.databaseRestored || options.releaseHistory) && options.because === undefined)
        throw userError('say why, with --because', { code: 'usage', exitCode: exitCodes.usage });
      if (options.databaseRestored && !options.apply)
        throw userError('--database-restored changes something: it goes with --apply', {
          code: 'usage',
          exitCode: exitCodes.usage,
        });
      const { withWorkspace } = await import('../workspace.ts');
      const { prepareProjections } = await import('../../projections/index.ts');
      const { migrateImport } = await import('../../importers/migrations.ts');
      const { inspect, fits } = await import('../../recovery/inspect.ts');
      const { recover, releaseHistory } = await import('../../recovery/recover.ts');
      const { inspectionText, recoveredText } = await import('../recover/text.ts');
      await withWorkspace(context, async (workspace) => {
        await migrateImport(workspace.db);
        await prepareProjections(workspace.db);
        if (options.releaseHistory) {
          const released = await releaseHistory(workspace, options.because!);
          context.print(
            { released },
            ({ released: { matches, leads } }) =>
              `Released: ${matches} matches and ${leads} leads. The next \`openhouse alerts run\` and \`openhouse leads match\` see to them.`,
          );
          return;
        }
        if (options.apply) {
          const { databaseRestored = false, because = 'found by openhouse recover' } = options;
          const recovered = await recover(workspace, { databaseRestored, because, signal: context.signal });
          context.print(recovered, recoveredText);
          return;
        }
        const inspection = await inspect(workspace);
        const { history, timesAhead } = inspection;
        if (!fits(inspection) || history.matches + history.leads + timesAhead.length > 0)
          context.exitWith(exitCodes.needsAttention);
        context.print({ fits: fits(inspection), ...inspection }, inspectionText);
      });
    });
}
