import type { Command } from 'commander';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { usage } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { askedBy } from '../../legacy/asked-by.ts';
import { conflictsText, conflictText } from '../../legacy/conflict-text.ts';
import { calledAs } from '../../legacy/record-called.ts';
import { personAt } from '../../person.ts';
import { withWorkspace } from '../../workspace.ts';

type Options = { readonly because?: string; readonly as?: string; readonly only?: string };

export function register(program: Command, context: Context): void {
  const conflicts = program
    .command('conflicts')
    .helpGroup('Data:')
    .summary('changes made in the old CRM to records that openhouse owns')
    .description(
      'Once openhouse owns a record type, changes made in the old CRM are not applied. Each is kept as a conflict, with both sides, ' +
        'until a person accepts it (the record is corrected), refuses it (the document is overwritten), or accepts only some of its fields. Until then, nothing of that record is ' +
        'written back. A conflict is closed when the change is undone in the old CRM, or both sides agree.',
    );

  conflicts
    .command('list')
    .summary('list the open conflicts')
    .description('Lists the open conflicts, the oldest first. Exits with 3 when there are any.')
    .addHelpText('after', '\nExamples:\n  openhouse conflicts list\n  openhouse conflicts list --json')
    .action(async () => {
      const { openConflicts } = await import('../../../importers/differences/conflicts.ts');
      await withWorkspace(context, async ({ db }) => {
        const found = await openConflicts(db);
        if (found.length > 0) context.exitWith(exitCodes.needsAttention);
        const called = await calledAs(
          db,
          found.map(({ recordKey }) => recordKey),
        );
        context.print({ conflicts: found }, () => conflictsText(found, called, context.config().timeZone));
      });
    });

  conflicts
    .command('show')
    .argument('<number>', 'of the conflict, as `conflicts list` shows it')
    .summary('show both sides of a conflict, field by field')
    .addHelpText('after', '\nExample:\n  openhouse conflicts show 3')
    .action(async (number: string) => {
      const { conflictNumbered } = await import('../../../importers/differences/conflicts.ts');
      const { migrateImport } = await import('../../../importers/migrations.ts');
      const { withOurSide } = await import('../../../importers/owned/resolve-conflict.ts');
      await withWorkspace(context, async ({ db, store }) => {
        await migrateImport(db);
        const stored = await conflictNumbered(db, number);
        const found = stored?.resolvedAt === null ? await withOurSide(db, store, stored) : stored;
        if (found === undefined)
          throw userError(`conflict ${number} does not exist`, {
            code: 'conflict-not-open',
            hint: '`openhouse conflicts list` shows the open ones.',
          });
        const called = await calledAs(db, [found.recordKey]);
        context.print(found, () => conflictText(found, called));
      });
    });

  for (const what of ['accept', 'refuse'] as const) {
    const command = conflicts
      .command(what)
      .argument('<number>', 'of the conflict, as `conflicts list` shows it')
      .requiredOption('--because <reason>', 'why; recorded in the history')
      .option('--as <person>', 'who does this: a member key or a login (default: your login)')
      .summary(what === 'accept' ? "take over the old CRM's values" : "overwrite the old CRM's values with openhouse's")
      .addHelpText('after', examples[what])
      .action(async (number: string, { because, as, only }: Options) => {
        if (!because?.trim()) throw usage('give the reason with --because "…"; it is recorded in the history');
        const { acceptConflict, refuseConflict } = await import('../../../importers/owned/resolve-conflict.ts');
        const asked = askedBy(personAt(as), because.trim());
        await withWorkspace(context, async ({ db, store }) => {
          const decided =
            what === 'accept'
              ? await acceptConflict({ db, store }, number, asked, only?.split(','))
              : await refuseConflict({ db, store }, number, asked);
          const { aggregate, recordKey, fields } = decided;
          const partly = Object.values(fields).some(({ acceptedYN }) => acceptedYN === false);
          const resolution = what === 'refuse' ? 'refused' : partly ? 'partly accepted' : 'accepted';
          context.print({ conflictId: number, aggregate, recordKey, resolution }, () =>
            resolution === 'accepted'
              ? `Accepted: the ${aggregate} was corrected.`
              : resolution === 'refused'
                ? `Refused: the next run of write-back overwrites the document in the old CRM.`
                : `Partly accepted: the ${aggregate} was corrected in these fields, and the next run of write-back overwrites the others in the old CRM.`,
          );
        });
      });
    if (what === 'accept')
      command.option('--only <fields>', 'accept only these fields, separated by commas, and refuse the others');
  }
}

const examples = {
  accept:
    '\nExamples:\n  openhouse conflicts accept 3 --because "Asked the agent"\n  openhouse conflicts accept 3 --only listPrice,livingArea --because "The remarks are old"',
  refuse: '\nExample:\n  openhouse conflicts refuse 3 --because "Asked the agent"',
} as const;
