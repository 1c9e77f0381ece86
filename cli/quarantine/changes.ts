import type { Command } from 'commander';
import { exitCodes } from '../../platform/errors.ts';
import { usage } from '../arguments.ts';
import { asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';
import { printRecorded } from '../output/print-recorded.ts';
import { number } from '../output/words.ts';

const collect = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
const whyOption = ['--because <reason>', 'why; recorded in the history'] as const;
const whoOption = ['--as <person>', 'who does this: a member key or a login (default: your login)'] as const;
const mappingOption = [
  '--mapping <name>',
  'read with this mapping (default: OPENHOUSE_MAPPING, or that of the last import)',
] as const;

type EditOptions = PersonOptions & {
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly by?: string;
  readonly seen?: string;
  readonly mapping?: string;
  readonly dryRun?: boolean;
};
type RetryOptions = {
  readonly code?: string;
  readonly collection?: string;
  readonly all?: boolean;
  readonly mapping?: string;
  readonly dryRun?: boolean;
};

/** `openhouse quarantine edit`, `retry` and `dismiss`. */
export function registerChanges(command: Command, context: Context): void {
  command
    .command('edit')
    .argument('<entry>', 'its number')
    .option('--set <path=value>', 'the value of a dotted path (JSON, otherwise text); may be repeated', collect)
    .option('--unset <path>', 'remove the value of a path; may be repeated', collect)
    .option(...whyOption)
    .option(...whoOption)
    .option('--by <person>', 'the same as --as')
    .option('--seen <version>', 'only if this is still the version of the document, as `show` shows it')
    .option(...mappingOption)
    .option('--dry-run', 'only show what would change')
    .summary('correct values of a document, and import the corrected copy')
    .description(
      'The corrected copy is imported like any other document: same mapping, readers, merging and references; documents that waited ' +
        'for it are imported too. The correction is kept with who made it and why, and applies to this version of the document only. ' +
        'If a newer version is valid, the correction ends; if not, it comes back here, with the correction shown. A number in a path is an item’s place in a list as `show` shows it, from 0, even if other items are removed. If an earlier version of that list was ' +
        'corrected, --seen is needed.',
    )
    .addHelpText('after', '\nExit codes: 0 it left the quarantine, 3 it is still (or would still be) there.')
    .addHelpText(
      'after',
      '\nExample:\n  openhouse quarantine edit 12 --set email=ana@example.com --because "Asked her on the phone"',
    )
    .action(async (quarantineId: string, options: EditOptions) => {
      const { readAssignment, readRemoval } = await import('../../importers/quarantine/read-change.ts');
      const changes = [...(options.set ?? []).map(readAssignment), ...(options.unset ?? []).map(readRemoval)].map(
        (change) => {
          if ('problem' in change) throw usage(change.problem);
          return change;
        },
      );
      if (changes.length === 0) throw usage('give what to change with --set path=value or --unset path');
      const as = options.as ?? options.by;
      const { actor, reason = '' } = asPerson(
        { ...(as === undefined ? {} : { as }), ...(options.because === undefined ? {} : { because: options.because }) },
        { needsReason: options.dryRun !== true },
      );
      const { withWorkspace } = await import('../workspace.ts');
      const { editEntry } = await import('../../importers/quarantine/edit-entry.ts');
      const { loadEntry } = await import('../../importers/quarantine/entries.ts');
      const { mappingFor } = await import('./mapping-for.ts');
      const { outcomeText } = await import('./text.ts');
      await withWorkspace(context, async (workspace) => {
        const dryRun = options.dryRun === true;
        const { collection } = await loadEntry(workspace.db, quarantineId);
        const mapping = await mappingFor(context, workspace.db, options.mapping);
        const edit = { quarantineId, changes, by: actor.id, because: reason, contentHash: options.seen };
        const deps = { ...workspace, say: context.say };
        const outcome = await editEntry(deps, edit, { mapping, dryRun, signal: context.signal });
        const print = () => context.print({ dryRun, ...outcome }, () => outcomeText(outcome, collection, dryRun));
        if (dryRun) print();
        else await printRecorded(context, workspace, print);
        if (!outcome.resolved) context.exitWith(exitCodes.needsAttention);
      });
    });

  command
    .command('retry')
    .argument('[entries...]', 'their numbers; this reopens dismissed entries')
    .option('--code <code>', 'all with this reason')
    .option('--collection <name>', 'all of this record type (listings, leads, …) or collection')
    .option('--all', 'all')
    .option(...mappingOption)
    .option('--dry-run', 'only show what would change')
    .summary('read documents again, after the mapping was corrected or openhouse was upgraded')
    .description('Reads documents in quarantine again, as a separate import. Corrections in force apply.')
    .addHelpText(
      'after',
      '\nExit codes: 0 all of them left the quarantine, 3 some are still (or would still be) there.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse quarantine retry 12 13\n  openhouse quarantine retry --code status-unreadable --mapping our-crm.yaml',
    )
    .action(async (ids: string[], options: RetryOptions) => {
      const { code, all, mapping: named, dryRun = false } = options;
      if (ids.length === 0 && code === undefined && options.collection === undefined && all !== true)
        throw usage('say which entries: give their numbers, --code, --collection or --all');
      const wrong = ids.find((id) => !/^\d{1,18}$/.test(id));
      if (wrong !== undefined) throw usage(`"${wrong}" is not the number of an entry`);
      const { withWorkspace } = await import('../workspace.ts');
      const { retryEntries } = await import('../../importers/quarantine/retry-entries.ts');
      const { mappingFor } = await import('./mapping-for.ts');
      const { collectionNamed } = await import('./collection-named.ts');
      const { retriedText } = await import('./text.ts');
      await withWorkspace(context, async (workspace) => {
        const mapping = await mappingFor(context, workspace.db, named);
        const collection = await collectionNamed(options.collection, async () => mapping);
        const selection = { ...(ids.length === 0 ? {} : { ids }), code, collection };
        const deps = { ...workspace, say: context.say };
        if (!dryRun) context.keepsWork();
        const done = await retryEntries(deps, selection, { mapping, dryRun, signal: context.signal });
        const print = () => context.print({ dryRun, ...done }, () => retriedText(done, dryRun));
        if (dryRun) print();
        else await printRecorded(context, workspace, print);
        if (done.still.length > 0) context.exitWith(exitCodes.needsAttention);
      });
    });

  command
    .command('dismiss')
    .argument('<entries...>', 'their numbers')
    .option(...whyOption)
    .option(...whoOption)
    .summary('hide entries until their documents change; `retry` brings them back')
    .addHelpText('after', '\nExample:\n  openhouse quarantine dismiss 13 --because "A test record"')
    .action(async (ids: string[], options: PersonOptions) => {
      const { actor, reason = '' } = asPerson(options, { needsReason: true });
      const { withDatabase } = await import('../workspace.ts');
      const { dismissEntries } = await import('../../importers/quarantine/dismiss-entries.ts');
      const dismissed = await withDatabase(context, async (db) => {
        return await dismissEntries(db, ids, { by: actor.id, because: reason, now: new Date() });
      });
      context.print({ dismissed }, () => `${number(dismissed)} dismissed.`);
    });
}
