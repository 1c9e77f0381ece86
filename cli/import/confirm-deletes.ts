import type { Command } from 'commander';
import type { DeletionDecision } from '../../importers/mongo/following/decided.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import { userError } from '../../platform/errors.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import { asPerson, type PersonOptions } from '../as-person.ts';
import type { Context } from '../context.ts';
import { counted, number } from '../output/words.ts';

type Options = PersonOptions & { readonly keep?: boolean; readonly dryRun?: boolean };

/** `openhouse import confirm-deletes`. */
export function registerConfirmDeletes(command: Command, context: Context): void {
  command
    .command('confirm-deletes')
    .argument('[collections...]', 'only the documents waiting in these, as the old CRM calls them (default: all)')
    .summary('confirm an unusually large number of deletions in the old CRM, or keep the records')
    .description(
      'When more than OPENHOUSE_FOLLOW_DELETE_PERCENT (2) of a collection of the live MongoDB is gone at once, or a changed mapping leaves ' +
        'out documents that it used to take, following deletes nothing and waits. This command shows how many documents are ' +
        'affected, and lets the next ' +
        'run delete their records: listings get the status Delete, leads go to the trash, agents become inactive, saved searches ' +
        'pause. Documents that are back by then are not deleted. With --keep, these records stay as they are, and you are not ' +
        'asked about them again; a document that comes back, or that the mapping takes again, is followed again. ' +
        'Until the next run, the last decision counts. --dry-run also lists what was decided before, by whom and why.',
    )
    .option('--keep', 'keep the records as they are; needs --because')
    .option('--because <reason>', 'why they are deleted or kept; recorded in the history')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .option('--dry-run', 'only show what is waiting')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse import confirm-deletes --dry-run\n  openhouse import confirm-deletes --because "Old leads were cleaned up"\n' +
        '  openhouse import confirm-deletes archived_homes --keep --because "Sold homes stay in our history"',
    )
    .action(async (given: readonly string[], { keep = false, dryRun = false, ...person }: Options) => {
      const { actor, reason } = asPerson(person, { needsReason: keep && !dryRun });
      const { withDatabase } = await import('../workspace.ts');
      const { confirmDeletions, deletionsWaiting, keepWaiting } = await import(
        '../../importers/mongo/following/waiting.ts'
      );
      const only = given.length === 0 ? undefined : given;
      const { deletionDecisions } = await import('../../importers/mongo/following/decided.ts');
      const { waiting, decisions } = await withDatabase(context, async (db) => {
        const all = await deletionsWaiting(db);
        const unknown = given.find((name) => !all.some(({ collection }) => collection === name));
        if (unknown !== undefined)
          throw userError(`no deletions are waiting in ${unknown}`, {
            code: 'no-deletions-waiting',
            hint: '`openhouse import confirm-deletes --dry-run` shows where.',
          });
        const decided = { by: actor.id, at: new Date() };
        if (!dryRun && keep) await keepWaiting(db, { ...decided, because: reason! }, only);
        if (!dryRun && !keep) await confirmDeletions(db, { ...decided, because: reason ?? null }, only);
        return {
          waiting: all.filter(({ collection }) => only?.includes(collection) ?? true),
          decisions: dryRun ? await deletionDecisions(db) : [],
        };
      });
      const decided = !dryRun && waiting.length > 0;
      context.print({ waiting, confirmed: decided && !keep, kept: decided && keep, ...(dryRun && { decisions }) }, () =>
        [
          ...(waiting.length === 0
            ? ['No deletions are waiting.']
            : [
                ...waiting.map(
                  ({ source, collection, documents }) => `${number(documents)} in ${collection} (${source})`,
                ),
                dryRun
                  ? 'Run it without --dry-run to confirm, or with --keep to keep their records.'
                  : keep
                    ? 'Kept: the next run of following leaves their records as they are.'
                    : 'Confirmed: the next run of following deletes their records.',
              ]),
          ...(decisions.length === 0
            ? []
            : ['', 'Decided before:', ...decisions.map((one) => decisionLine(one, context.config().timeZone))]),
        ].join('\n'),
      );
    });
}

const decisionLine = (
  { collection, documents, decision, by, because, at }: DeletionDecision,
  timeZone: string,
): string =>
  `${collectionLabel(collection)}: ${counted(documents, 'document')}, ${decision} ${formatMinute(at, timeZone)} by ${by}${because === null ? '' : `: ${because}`}`;
