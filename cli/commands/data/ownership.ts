import type { Command } from 'commander';
import type { Ownership } from '../../../commands/ownership/change-ownership.ts';
import type { Context } from '../../context.ts';
import { renderTable } from '../../table.ts';

export function register(program: Command, context: Context): void {
  program
    .command('ownership')
    .helpGroup('Data:')
    .summary('show which system owns listings, leads and agents')
    .description(
      'While openhouse and the old CRM run side by side, one of them owns each record type. While the old CRM does, its changes flow in. ' +
        'Once openhouse does, its changes are written back to the old CRM, and a change made there becomes a conflict for a person to ' +
        'decide. `openhouse cutover` hands a type over.',
    )
    .addHelpText('after', '\nExamples:\n  openhouse ownership\n  openhouse ownership --json')
    .action(async () => {
      const { withWorkspace } = await import('../../workspace.ts');
      const { loadOwnerships } = await import('../../../commands/ownership/change-ownership.ts');
      await withWorkspace(context, async ({ store }) => {
        const types = await loadOwnerships(store);
        context.print({ types }, () => ownershipText(types));
      });
    });
}

const ownerNames = { legacy: 'the old CRM', openhouse: 'openhouse' } as const;
const typeNames = { listing: 'listings', lead: 'leads', agent: 'agents' } as const;

const ownershipText = (types: readonly Ownership[]): string =>
  renderTable(
    ['Records', 'Owned by', 'Since', 'Decided by', 'Because'],
    types.map(({ recordType, owner, since, by, because }) => [
      typeNames[recordType],
      ownerNames[owner],
      since ?? 'the beginning',
      by ?? '',
      because ?? '',
    ]),
  );
