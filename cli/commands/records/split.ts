import type { Command } from 'commander';
import type { DocumentOfRecord, SplittableName } from '../../../importers/splitting/documents-of-record.ts';
import { recordTypeGiven } from '../../arguments.ts';
import { asPerson, type PersonOptions } from '../../as-person.ts';
import type { Context } from '../../context.ts';
import { printRecorded } from '../../output/print-recorded.ts';

type Options = PersonOptions & { readonly dryRun?: boolean };

export function register(program: Command, context: Context): void {
  program
    .command('split')
    .argument('<type>', 'lead or listing')
    .argument('<id>', 'its key, MLS number, e-mail address or ID in the old CRM')
    .argument(
      '[documents...]',
      'the documents of the old CRM that are about another person or home; leave out to list them',
    )
    .helpGroup('Records:')
    .summary('split two people or homes that were wrongly merged into one record')
    .description(
      'Moves the documents that do not belong to this record to a record of their own, with who did it and why. Later imports do ' +
        'not merge them again. Messages already sent, and opt-outs, count for both; saved searches and history go with the ' +
        'document that they refer to. Nothing happened on the market, so no buyer is notified.',
    )
    .option('--because <reason>', 'why; recorded in the history of both')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .option('--dry-run', 'only show what would change')
    .addHelpText(
      'after',
      `
Examples:
  openhouse split lead maria@example.com
  openhouse split lead maria@example.com 5f1e0c2b9d3a4b5c6d7e8f90 --dry-run
  openhouse split listing RX-10812345 5f1e0c2b9d3a4b5c6d7e8f91 --because "Two units with one MLS number"`,
    )
    .action(async (given: string, id: string, documents: string[], options: Options) => {
      const type = recordTypeGiven(given, ['lead', 'listing']);
      const changes = documents.length > 0 && options.dryRun !== true;
      const asked = changes ? asPerson(options, { needsReason: true }) : null;
      const { withWorkspace } = await import('../../workspace.ts');
      const { findRecord } = await import('../../../history/find-record.ts');
      await withWorkspace(context, async (workspace) => {
        const recordKey = await findRecord(workspace, type, id);
        if (documents.length === 0) return await list(context, workspace.db, type, recordKey);
        const split = { aggregate: type, recordKey, documents } as const;
        const { planSplit, splitByHand } = await import('../../../importers/splitting/split-by-hand.ts');
        if (asked === null) {
          const { stays, leaves } = await planSplit(workspace.db, split);
          return context.print({ recordKey, dryRun: true, stays, leaves }, () =>
            [
              `Would split ${type} ${recordKey} (nothing was changed):`,
              '  stay:',
              ...stays.map((one) => `    ${documentText(one)}`),
              '  leave:',
              ...leaves.map((one) => `    ${documentText(one)}`),
            ].join('\n'),
          );
        }
        const who = { by: asked.actor.id, because: asked.reason! };
        const { records, events } = await splitByHand({ ...workspace, say: context.say }, split, who, {
          signal: context.signal,
        });
        await printRecorded(context, workspace, () =>
          context.print({ recordKey, dryRun: false, records, events }, () =>
            [
              `Split ${type} ${recordKey}. What was sent, and opt-outs, count for each:`,
              ...records.map((record) => `  ${record.recordKey}: ${record.legacyIds.join(', ')}`),
            ].join('\n'),
          ),
        );
      });
    });
}

const list = async (
  context: Context,
  db: Parameters<typeof import('../../../importers/splitting/documents-of-record.ts').documentsOfRecord>[0],
  type: SplittableName,
  recordKey: string,
): Promise<void> => {
  const { documentsOfRecord } = await import('../../../importers/splitting/documents-of-record.ts');
  const documents = await documentsOfRecord(db, type, recordKey);
  context.print({ recordKey, documents }, () =>
    [
      `The ${type} ${recordKey} was made of ${documents.length} ${documents.length === 1 ? 'document' : 'documents'}:`,
      ...documents.map((one) => `  ${documentText(one)}`),
    ].join('\n'),
  );
};

const documentText = ({ legacyId, says }: DocumentOfRecord): string =>
  `${legacyId}: ${Object.values(says).flat().join(', ') || 'nothing that identifies it'}`;
