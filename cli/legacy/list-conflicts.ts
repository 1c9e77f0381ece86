import type { Command } from 'commander';
import type { Selection } from '../../importers/differences/selecting.ts';
import { exitCodes } from '../../platform/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { withWorkspace } from '../workspace.ts';
import { type SelectionOptions, selectionGiven, withSelection } from './conflict-selection.ts';
import { conflictsText, groupsText } from './conflict-text.ts';
import { calledAs } from './record-called.ts';

type Options = SelectionOptions & { readonly groups?: true; readonly limit: number; readonly after?: number };

/** `openhouse conflicts list`. */
export const registerList = (conflicts: Command, context: Context): void => {
  withSelection(conflicts.command('list', { isDefault: true }))
    .summary('list the open conflicts')
    .description(
      'Lists the open conflicts, oldest first. Those that only come from a changed mapping are counted in groups, unless you select ' +
        'them with --reason, or use --json. Exits with 3 when there are any.',
    )
    .option('--groups', 'only count them, by record type, reason and fields')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 50)
    .option('--after <conflict>', 'only those after this number: the next page', wholeNumber(1))
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse conflicts list\n  openhouse conflicts list --groups\n  openhouse conflicts list --type listing ' +
        '--reason mapping\n  openhouse conflicts list --json',
    )
    .action(async ({ groups: onlyGroups, limit, after, ...options }: Options) => {
      const { openConflicts } = await import('../../importers/differences/conflicts.ts');
      const { conflictGroups, countConflicts } = await import('../../importers/differences/selecting.ts');
      const selection = selectionGiven(options) ?? {};
      const apart = !context.json() && selection.reason === undefined;
      const listed = apart ? { ...selection, reason: ['edited', 'deleted'] as const } : selection;
      const readOtherwise = { ...selection, reason: 'mapping' } as const;
      await withWorkspace(context, async ({ db }) => {
        const grouped = async (which: Selection) => ({
          count: await countConflicts(db, which),
          groups: await conflictGroups(db, which, limit),
        });
        const all = await grouped(selection);
        if (all.count > 0) context.exitWith(exitCodes.needsAttention);
        const { timeZone } = context.config();
        if (onlyGroups) return context.print(all, () => groupsText(all, timeZone));
        const found = await openConflicts(db, listed, { limit: limit + 1, after });
        const page = found.slice(0, limit);
        const next = found.length > limit ? page.at(-1)!.conflictId : null;
        const besides = apart ? await grouped(readOtherwise) : undefined;
        const called = await calledAs(
          db,
          page.map(({ recordKey }) => recordKey),
        );
        const shown = { conflicts: page, count: all.count - (besides?.count ?? 0), next };
        context.print({ ...all, conflicts: page, next }, () => conflictsText(shown, besides, called, timeZone));
      });
    });
};
