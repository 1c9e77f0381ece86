import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { number } from '../words.ts';

/** `openhouse import confirm-deletes`. */
export function registerConfirmDeletes(command: Command, context: Context): void {
  command
    .command('confirm-deletes')
    .summary('confirm an unusually large number of deletions in the old CRM')
    .description(
      'When more than OPENHOUSE_FOLLOW_DELETE_PERCENT (2) of a collection of the live MongoDB is gone at once, or a changed mapping leaves ' +
        'out documents that it used to take, following deletes nothing and waits. This command shows how many documents are affected, and lets the next ' +
        'run delete their records: listings get the status Delete, leads go to the trash, agents become inactive, saved searches pause. It ' +
        'deletes only what is still gone then.',
    )
    .option('--dry-run', 'only show what is waiting')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse import confirm-deletes --dry-run\n  openhouse import confirm-deletes',
    )
    .action(async ({ dryRun = false }: { readonly dryRun?: boolean }) => {
      const { withDatabase } = await import('../workspace.ts');
      const { confirmDeletions, deletionsWaiting } = await import('../../importers/mongo/following/waiting.ts');
      const waiting = await withDatabase(context, async (db) => {
        const found = await deletionsWaiting(db);
        if (!dryRun) await confirmDeletions(db);
        return found;
      });
      context.print({ waiting, confirmed: !dryRun && waiting.length > 0 }, () =>
        waiting.length === 0
          ? 'No deletions are waiting.'
          : [
              ...waiting.map(
                ({ source, collection, documents }) => `${number(documents)} in ${collection} (${source})`,
              ),
              dryRun
                ? 'Run it without --dry-run to confirm.'
                : 'Confirmed: the next run of following deletes their records.',
            ].join('\n'),
      );
    });
}
