import type { Command } from 'commander';
import type { CommandContext } from '../../../commands/execute.ts';
import { userError } from '../../../platform/errors.ts';
import { isBlank } from '../../../platform/wording/words.ts';
import { usage } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { askedBy } from '../../legacy/asked-by.ts';
import { fieldsGiven, type SelectionOptions, selectionGiven, withSelection } from '../../legacy/conflict-selection.ts';
import { conflictText } from '../../legacy/conflict-text.ts';
import { decideAll, showDecision } from '../../legacy/decide-conflicts.ts';
import { registerList } from '../../legacy/list-conflicts.ts';
import { calledAs } from '../../legacy/record-called.ts';
import { personAt } from '../../person.ts';
import { withWorkspace } from '../../workspace.ts';

type Options = SelectionOptions & {
  readonly because?: string;
  readonly as?: string;
  readonly only?: string;
  readonly dryRun?: true;
  readonly seen?: string;
};

export function register(program: Command, context: Context): void {
  const conflicts = program
    .command('conflicts')
    .helpGroup('Data:')
    .summary('changes made in the old CRM to records that openhouse owns')
    .description(
      'Once openhouse owns a record type, changes made in the old CRM are not applied. Each is kept as a conflict, with both sides, ' +
        'until a person accepts it (the record is corrected), refuses it (the document is overwritten), or accepts only some of ' +
        'its fields. Until then, nothing of that record is ' +
        'written back. A conflict is closed when the change is undone in the old CRM, or both sides agree.',
    );

  registerList(conflicts, context);

  conflicts
    .command('show')
    .argument('<number>', 'its number, as `openhouse conflicts list` shows it')
    .summary('show both sides of a conflict, field by field')
    .addHelpText('after', '\nExample:\n  openhouse conflicts show 3')
    .action(async (number: string) => {
      const { conflictNumbered } = await import('../../../importers/differences/conflicts.ts');
      const { migrateImport } = await import('../../../importers/migrations.ts');
      const { withOurSide } = await import('../../../importers/owned/resolve-conflict.ts');
      const { sharedWith } = await import('../../../importers/owned/sharing/shared.ts');
      const { acceptanceOf } = await import('../../../importers/owned/sharing/shared-by-conflicts.ts');
      const { sharedLines } = await import('../../legacy/shared-text.ts');
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
        const shared = found.resolvedAt === null ? await sharedWith(db, store, [acceptanceOf(found)]) : [];
        const lines = await sharedLines(db, shared);
        context.print({ ...found, sharedWith: shared }, () =>
          [conflictText(found, called), ...(lines.length === 0 ? [] : ['', 'If it is accepted:', ...lines])].join('\n'),
        );
      });
    });

  for (const what of ['accept', 'refuse'] as const) {
    const command = withSelection(conflicts.command(what))
      .argument(
        '[number]',
        'its number, as `openhouse conflicts list` shows it; or select several with --type, --reason and --fields',
      )
      .option('--dry-run', 'for several: only show how many, with samples, and the value for --seen')
      .option(
        '--seen <look>',
        'for several: the value that --dry-run printed; conflicts that have appeared or changed since then stay open',
      )
      .option('--because <reason>', 'why; recorded in the history')
      .option('--as <person>', 'who does this: a member key or a login (default: your login)')
      .summary(what === 'accept' ? "take over the old CRM's values" : "overwrite the old CRM's values with openhouse's")
      .description(
        `${what === 'accept' ? 'Accepts' : 'Refuses'} a conflict, or all that --type, --reason and --fields select. For several, ` +
          'run --dry-run first: it shows what would happen, and the value for --seen. You can stop at any time: what is decided ' +
          'stays decided. If the ' +
          'command is killed, the next one or `openhouse start` completes the decision.',
      )
      .addHelpText('after', examples[what])
      .action(async (given: string | undefined, options: Options) => {
        const { because = '', as, only, dryRun, seen } = options;
        const selection = selectionGiven(options);
        if ((given === undefined) === (selection === undefined))
          throw usage('give either the number of a conflict, or which ones with --type, --reason and --fields');
        if (dryRun !== true && isBlank(because))
          throw usage('give the reason with --because "…"; it is recorded in the history');
        if (given !== undefined && (dryRun || seen !== undefined))
          throw usage(
            '--dry-run and --seen only work with --type, --reason and --fields',
            '`openhouse conflicts show` shows one.',
          );
        const person = personAt(as);
        if (given !== undefined)
          return await decideOne(context, what, given, askedBy(person, because.trim()), only?.split(','));
        const several = {
          action: what,
          selection: selection!,
          only: only === undefined ? undefined : fieldsGiven(only, selection!.aggregate),
          person,
          because: because.trim(),
          seen,
          options: asGiven(options),
        };
        return dryRun ? await showDecision(context, several) : await decideAll(context, several);
      });
    if (what === 'accept')
      command.option('--only <fields>', 'accept only these fields, separated by commas, and refuse the others');
  }
}

const decideOne = async (
  context: Context,
  what: 'accept' | 'refuse',
  number: string,
  asked: CommandContext,
  only: readonly string[] | undefined,
): Promise<void> => {
  const { carryOutDecisions } = await import('../../../importers/owned/deciding/decide-all.ts');
  const { acceptConflict, refuseConflict } = await import('../../../importers/owned/resolve-conflict.ts');
  const { sharedWith } = await import('../../../importers/owned/sharing/shared.ts');
  const { acceptanceOf } = await import('../../../importers/owned/sharing/shared-by-conflicts.ts');
  const { startProgress } = await import('../../../platform/progress.ts');
  const { sharedLines } = await import('../../legacy/shared-text.ts');
  await withWorkspace(context, async (workspace) => {
    const { db, store, signal } = workspace;
    const decided =
      what === 'accept'
        ? await acceptConflict({ db, store }, number, asked, only)
        : await refuseConflict({ db, store }, number, asked);
    const { aggregate, recordKey, fields } = decided;
    const partly = Object.values(fields).some(({ acceptedYN }) => acceptedYN === false);
    const resolution = what === 'refuse' ? 'refused' : partly ? 'partly accepted' : 'accepted';
    const shared = what === 'accept' ? await sharedWith(db, store, [acceptanceOf(decided)]) : [];
    const lines = await sharedLines(db, shared);
    const done =
      resolution === 'accepted'
        ? `Accepted: the ${aggregate} was corrected.`
        : resolution === 'refused'
          ? `Refused: the next run of write-back overwrites the document in the old CRM.`
          : `Partly accepted: the ${aggregate} was corrected in these fields, and the next run of write-back overwrites the others in the old CRM.`;
    context.print({ conflictId: number, aggregate, recordKey, resolution, sharedWith: shared }, () =>
      [done, ...lines].join('\n'),
    );
    // A decision about several that was killed is completed in the name of whoever made it.
    await carryOutDecisions({ ...workspace, progress: startProgress }, { signal, wait: false });
  });
};

/** The options that say what is decided, as on the command line. */
const asGiven = ({ type, reason, fields, only }: Options): string =>
  Object.entries({ type, reason, fields, only })
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${/^[\w,-]+$/.test(value) ? value : `"${value}"`}`],
    )
    .join(' ');

const examples = {
  accept:
    '\nExamples:\n  openhouse conflicts accept 3 --because "Asked the agent"\n  openhouse conflicts accept 3 --only ' +
    'listPrice,livingArea --because "The remarks are old"' +
    '\n  openhouse conflicts accept --type listing --reason mapping --fields listPrice --dry-run' +
    '\n  openhouse conflicts accept --type listing --only listPrice --dry-run',
  refuse: '\nExample:\n  openhouse conflicts refuse 3 --because "Asked the agent"',
} as const;
