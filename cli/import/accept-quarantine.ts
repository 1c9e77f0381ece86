import type { Command } from 'commander';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import type { Context } from '../context.ts';
import { number } from '../output/words.ts';
import { personAt } from '../person.ts';

/** `openhouse import accept-quarantine`. */
export function registerAcceptQuarantine(command: Command, context: Context): void {
  command
    .command('accept-quarantine')
    .summary('let imports continue after one stopped because too much went into quarantine')
    .description(
      'An import stops before it applies anything when more than a share of a collection goes into quarantine (OPENHOUSE_QUARANTINE_PERCENT, ' +
        '20, and at least OPENHOUSE_QUARANTINE_LEAST documents, 50). Usually the mapping or the old CRM has changed: see `openhouse quarantine ' +
        'list --reasons`. This accepts what is there now. Then run the same import again, or wait for following to continue.',
    )
    .option('--because <reason>', 'why; recorded')
    .option('--dry-run', 'only show why imports have stopped')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse import accept-quarantine --dry-run\n  openhouse import accept-quarantine --because "Test records"',
    )
    .action(async ({ dryRun = false, because }: { readonly dryRun?: boolean; readonly because?: string }) => {
      const { withDatabase } = await import('../workspace.ts');
      const { acceptQuarantine, stopInForce } = await import('../../importers/quarantine-limit.ts');
      const stop = await withDatabase(context, async (db) => {
        const found = await stopInForce(db, context.config().quarantineLimit);
        if (!dryRun) await acceptQuarantine(db, personAt(undefined), new Date(), because ?? null);
        return found;
      });
      const collections = stop?.collections ?? [];
      context.print({ stopped: collections, accepted: !dryRun && collections.length > 0 }, () =>
        collections.length === 0
          ? 'No import has stopped because of its quarantine.'
          : [
              ...collections.map(
                ({ collection, read, quarantined }) =>
                  `${collectionLabel(collection)}: ${number(quarantined)} of ${number(read)} are in quarantine (${stop!.source})`,
              ),
              dryRun ? 'Run it without --dry-run to accept that.' : 'Accepted: the next import continues.',
            ].join('\n'),
      );
    });
}
