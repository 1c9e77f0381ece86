import type { Command } from 'commander';
import { ownedTypes } from '../../../domain/ownership/index.ts';
import type { Parity } from '../../../importers/owned/parity.ts';
import type { Repaired } from '../../../importers/owned/repair.ts';
import type { WithoutRecord } from '../../../importers/owned/without-record.ts';
import { exitCodes } from '../../../platform/errors.ts';
import { recordTypeGiven, usage } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { askedBy } from '../../legacy/asked-by.ts';
import { keysNamed, parityText, repairText } from '../../legacy/parity-text.ts';
import { calledAs } from '../../legacy/record-called.ts';
import { withOldCrm } from '../../legacy/with-old-crm.ts';
import { personAt } from '../../person.ts';

export function register(program: Command, context: Context): void {
  program
    .command('parity')
    .argument('[type]', 'listing, lead or agent (default: all)')
    .option('--all', 'every record that differs, instead of the first 20')
    .helpGroup('Data:')
    .summary('compare every record with its documents in the old CRM')
    .description(
      'Reads the documents of all records from the live MongoDB (MONGO_URL), compares them with the records, and shows counts and the ' +
        'records that differ, field by field, and how many documents are not in any record. Changes nothing. Exits with 3 when something ' +
        'differs, or a document has not been read or is in quarantine.\n\n' +
        'With --repair, shows how both sides would become equal, with the owner’s values: if the old CRM owns the type, unread ' +
        'changes are read and records are corrected; if openhouse owns it, records are written back. --yes does it, with your ' +
        'reason. Records with an open conflict are left alone.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse parity\n  openhouse parity listing --all --json\n  openhouse parity listing --repair',
    )
    .option('--repair', 'show how both sides would be made equal')
    .option('--yes', 'with --repair: do it')
    .option('--because <reason>', 'with --yes: why; recorded with the event')
    .option('--as <person>', 'with --yes: who decides: a member key or a login (default: your login)')
    .action(async (given: string | undefined, { all = false, repair, yes = false, because, as }: Options) => {
      const types = given === undefined ? ownedTypes : [recordTypeGiven(given, ownedTypes)];
      if (yes && repair !== true) throw usage('--yes only works with --repair');
      if (yes && !because?.trim()) throw usage('give the reason with --because "…"; it is recorded with the event');
      if (repair === true) {
        const { repairParity } = await import('../../../importers/owned/repair.ts');
        const asked = askedBy(personAt(as), because?.trim() ?? '');
        return await withOldCrm(context, async (workspace, { mongo, mapping }) => {
          if (yes) context.keepsWork();
          const examples = all ? Number.POSITIVE_INFINITY : 20;
          const found: Repaired[] = [];
          for (const type of types) {
            const options = { mapping, dryRun: !yes, examples, signal: workspace.signal };
            found.push(await repairParity(workspace, mongo, type, options, asked));
          }
          if (found.some(({ leftAlone }) => leftAlone > 0)) context.exitWith(exitCodes.needsAttention);
          const called = await calledAs(
            workspace.db,
            found.flatMap(({ recordType, repairs }) => keysNamed(recordType, repairs)),
          );
          context.print({ dryRun: !yes, types: found }, () =>
            found.map((one) => repairText(one, yes, called)).join('\n\n'),
          );
        });
      }
      const { compareSides } = await import('../../../importers/owned/parity.ts');
      const { documentsWithoutRecord } = await import('../../../importers/owned/without-record.ts');
      await withOldCrm(context, async (workspace, { mongo, mapping }) => {
        const found: (Parity & { readonly withoutRecord: WithoutRecord })[] = [];
        const options = { mapping, signal: workspace.signal, examples: all ? Number.POSITIVE_INFINITY : 20 };
        for (const type of types) {
          const parity = await compareSides(workspace, mongo, type, options);
          const withoutRecord = await documentsWithoutRecord(workspace.db, mongo, mapping, parity, workspace.signal);
          found.push({ ...parity, withoutRecord });
        }
        const isEqual = ({ records, same, withoutRecord: { notRead, inQuarantine } }: (typeof found)[number]) =>
          records === same && notRead + inQuarantine === 0;
        if (!found.every(isEqual)) context.exitWith(exitCodes.needsAttention);
        const called = await calledAs(
          workspace.db,
          found.flatMap(({ recordType, examples }) => keysNamed(recordType, examples)),
        );
        context.print({ types: found }, () =>
          found.map((one) => parityText(one, one.withoutRecord, called)).join('\n\n'),
        );
      });
    });
}

type Options = { all?: boolean; repair?: boolean; yes?: boolean; because?: string; as?: string };
