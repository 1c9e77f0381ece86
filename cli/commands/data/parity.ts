import type { Command } from 'commander';
import { ownedTypes } from '../../../domain/ownership/index.ts';
import type { Parity } from '../../../importers/owned/parity.ts';
import { exitCodes } from '../../../platform/errors.ts';
import { number } from '../../../platform/words.ts';
import type { Context } from '../../context.ts';
import { shownValue } from '../../legacy/conflict-text.ts';
import { ownedTypeGiven, withOldCrm } from '../../legacy/with-old-crm.ts';

export function register(program: Command, context: Context): void {
  program
    .command('parity')
    .argument('[type]', 'listing, lead or agent (default: all)')
    .option('--all', 'every record that differs, instead of the first 20')
    .helpGroup('Data:')
    .summary('compare every record with its documents in the old CRM')
    .description(
      'Reads the documents of all records from the live MongoDB (MONGO_URL), compares them with the records, and shows counts and the ' +
        'records that differ, field by field. Changes nothing. Exits with 3 when something differs.',
    )
    .addHelpText('after', '\nExamples:\n  openhouse parity\n  openhouse parity listing --all --json')
    .action(async (given: string | undefined, { all = false }: { readonly all?: boolean }) => {
      const types = given === undefined ? ownedTypes : [ownedTypeGiven(given)];
      const { compareSides } = await import('../../../importers/owned/parity.ts');
      await withOldCrm(context, async (workspace, { mongo, mapping }) => {
        const found: Parity[] = [];
        const options = { mapping, signal: workspace.signal, examples: all ? Number.POSITIVE_INFINITY : 20 };
        for (const type of types) found.push(await compareSides(workspace, mongo, type, options));
        if (found.some(({ records, same }) => records !== same)) context.exitWith(exitCodes.needsAttention);
        context.print({ types: found }, () => found.map(parityText).join('\n\n'));
      });
    });
}

const parityText = ({
  recordType,
  documents,
  records,
  same,
  differing,
  onlyLegacy,
  onlyOpenhouse,
  examples,
}: Parity): string =>
  [
    `${recordType}: ${number(records)} records, ${number(documents)} documents; ${number(same)} the same, ${number(differing)} differ, ` +
      `${number(onlyLegacy)} only in the old CRM, ${number(onlyOpenhouse)} only in openhouse`,
    ...examples.flatMap(({ recordKey, where, fields }) => [
      `  ${recordKey}${where === 'both' ? '' : ` (${where})`}`,
      ...(where === 'both'
        ? fields.map(
            ({ field, legacy, openhouse }) =>
              `    ${field}: old CRM ${shownValue(legacy)}, openhouse ${shownValue(openhouse)}`,
          )
        : []),
    ]),
  ].join('\n');
