import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { printRecorded } from '../output/print-recorded.ts';

type Options = {
  readonly mapping?: string;
  readonly from?: string;
  readonly dryRun?: true;
  readonly acceptQuarantine?: true;
};

/** `openhouse import remap`: reads the documents on file again, after the mapping was corrected. */
export const registerRemap = (parent: Command, context: Context): void => {
  parent
    .command('remap')
    .argument('<collection>', '`listings`, `leads`, `agents`, …, a collection as the old CRM calls it, or `all`')
    .option('--dry-run', 'only show what would change: how many records by field, with samples')
    .option('--mapping <name>', 'read with this mapping (default: OPENHOUSE_MAPPING, or that of the last import)')
    .option(
      '--from <source>',
      'read the documents from this dump folder or MongoDB, not from the copies that imports kept',
    )
    .option('--accept-quarantine', 'continue no matter how much goes into quarantine')
    .summary('read the documents on file again, after the mapping was corrected')
    .description(
      'Imports keep every document as it was. This reads those of a collection again with the present mapping, also those in ' +
        'quarantine, and appends what they now say differently as corrections; the history gives the mapping as the reason. ' +
        'Corrections by people stay. A document that can no longer be read goes into quarantine, and its record stays as it ' +
        'is. You can stop it at any time; run it again, and it continues. Set OPENHOUSE_MAPPING to the same mapping where ' +
        '`openhouse start` or `import --follow` runs.',
    )
    .addHelpText(
      'after',
      `
Examples:
  openhouse import remap listings --mapping our-crm.yaml --dry-run
  openhouse import remap listings --mapping our-crm.yaml
  openhouse import remap all --from /backups/legacy-dump`,
    )
    .action(async (named: string, own: Options) => {
      // `import` itself has these options, too, and takes them first.
      const options: Options = { ...parent.opts<Options>(), ...own };
      const { withWorkspace } = await import('../workspace.ts');
      const { remap } = await import('../../importers/remap/remap.ts');
      const { mappingFor } = await import('../quarantine/mapping-for.ts');
      const { personAt } = await import('../person.ts');
      const { startProgress } = await import('../../platform/progress.ts');
      const { remapText } = await import('./remap-text.ts');
      const dryRun = options.dryRun === true;
      await withWorkspace(context, async (workspace) => {
        const mapping = await mappingFor(context, workspace.db, options.mapping);
        const deps = { ...workspace, say: context.say, progress: startProgress };
        if (!dryRun) context.keepsWork();
        const done = await remap(deps, named, {
          mapping,
          dryRun,
          signal: context.signal,
          quarantineLimit: context.config().quarantineLimit,
          ...(options.from === undefined ? {} : { from: options.from }),
          ...(options.acceptQuarantine === true ? { acceptQuarantine: personAt(undefined) } : {}),
        });
        const print = () => context.print({ dryRun, ...done }, () => remapText(done, dryRun));
        if (dryRun) print();
        else await printRecorded(context, workspace, print);
      });
    });
};
