import type { Command } from 'commander';
import type { Context } from '../../context.ts';

export function register(program: Command, context: Context): void {
  program
    .command('ownership')
    .helpGroup('Data:')
    .summary('show which system owns listings, leads and agents')
    .description(
      'While openhouse and the old CRM run side by side, one of them owns each record type. While the old CRM does, its changes flow in. ' +
        'Once openhouse does, its changes are written back to the old CRM, and a change made there becomes a conflict for a person to ' +
        'decide. `openhouse cutover` hands a type over. Also shows when all records of a type were last compared with the old CRM ' +
        '(`openhouse parity`), and whether both sides agreed.',
    )
    .addHelpText('after', '\nExamples:\n  openhouse ownership\n  openhouse ownership --json')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { loadOwnerships } = await import('../../../commands/ownership/change-ownership.ts');
      const { lastComparisons } = await import('../../../queries/importing/last-comparisons.ts');
      const { ownershipText, withComparisons } = await import('../../legacy/ownership-text.ts');
      await withWorkspace(context, async ({ config, db, store }) => {
        const types = withComparisons(await loadOwnerships(store), await lastComparisons(db));
        context.print({ types }, () => ownershipText(types, config.timeZone));
      });
    });
}
