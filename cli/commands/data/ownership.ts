import type { Command } from 'commander';
import { exitCodes } from '../../../platform/errors.ts';
import type { Context } from '../../context.ts';

export function register(program: Command, context: Context): void {
  const command = program
    .command('ownership')
    .helpGroup('Data:')
    .summary('show which system owns listings, leads and agents')
    .description(
      'While openhouse and the old CRM run side by side, one of them owns each record type. While the old CRM does, its changes flow in. ' +
        'Once openhouse does, its changes are written back to the old CRM, and a change made there becomes a conflict for a person to ' +
        'decide. `openhouse cutover` hands a type over. Also shows when all records of a type were last compared with the old CRM ' +
        '(`openhouse parity`), and whether both sides agreed.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse ownership\n  openhouse ownership check\n  openhouse ownership --json',
    )
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { loadOwnerships } = await import('../../../importers/differences/ownerships.ts');
      const { lastComparisons } = await import('../../../queries/importing/last-comparisons.ts');
      const { ownershipText, withComparisons } = await import('../../legacy/ownership-text.ts');
      await withWorkspace(context, async ({ config, db, store }) => {
        const types = withComparisons(await loadOwnerships(store), await lastComparisons(db));
        context.print({ types }, () => ownershipText(types, config.timeZone));
      });
    });

  command
    .command('check')
    .summary('report where owner, write-back, mapping and parity do not fit together')
    .description(
      'Checks for each record type whether its owner, the job that writes back, the mapping and the last comparison fit together: for ' +
        'example, whether openhouse owns a type that the mapping does not have, or that no process writes back. Says what to do about ' +
        'each. Exits with 3 if anything does not fit. Also lists, for the types that openhouse owns, the fields that the mapping has no place ' +
        'for: changes to them do not reach the old CRM.',
    )
    .addHelpText('after', '\nExamples:\n  openhouse ownership check\n  openhouse ownership check --json')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { loadOwnerships } = await import('../../../importers/differences/ownerships.ts');
      const { loadMapping } = await import('../../../importers/mappings/load-mapping.ts');
      const { misfits } = await import('../../../queries/importing/misfits.ts');
      const { ownershipFacts } = await import('../../../queries/importing/ownership-facts.ts');
      const { unwrittenFields } = await import('../../../importers/owned/unwritten-fields.ts');
      const { misfitsText, unwrittenText } = await import('../../legacy/ownership-text.ts');
      const { mongoUrl, mapping: name } = context.config();
      const crm = { mapping: await loadMapping(name), live: mongoUrl !== undefined };
      await withWorkspace(context, async ({ db, store, clock }) => {
        const owners = await loadOwnerships(store);
        const { shared, types } = await ownershipFacts(db, owners, crm, clock.now());
        const found = misfits(shared, types);
        const notWritten = owners
          .filter(({ owner }) => owner === 'openhouse' && crm.live)
          .map(({ recordType }) => ({ recordType, fields: unwrittenFields(recordType, crm.mapping) }));
        if (found.length > 0) context.exitWith(exitCodes.needsAttention);
        context.print({ misfits: found, notWritten }, () =>
          [misfitsText(found), ...notWritten.map(({ recordType, fields }) => unwrittenText(recordType, fields))]
            .filter((line) => line !== undefined)
            .join('\n'),
        );
      });
    });
}
