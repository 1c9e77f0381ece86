import type { Command } from 'commander';
import { ownedTypes } from '../../../domain/ownership/index.ts';
import { exitCodes } from '../../../platform/errors.ts';
import { counted } from '../../../platform/wording/words.ts';
import { recordTypeGiven, usage } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { runWhenFree } from '../../job-command.ts';
import { askedBy } from '../../legacy/asked-by.ts';
import { withOldCrm } from '../../legacy/with-old-crm.ts';
import { legacySettings } from '../../legacy-settings.ts';
import { personAt } from '../../person.ts';

type Options = { back?: boolean; dryRun?: boolean; because?: string; as?: string; writeDifferences?: boolean };

export function register(program: Command, context: Context): void {
  program
    .command('cutover')
    .argument('<type>', 'listing, lead or agent')
    .option('--back', 'hand the type back to the old CRM')
    .option('--dry-run', 'only show what is still to do, without reading the latest changes in the old CRM')
    .option('--because <reason>', 'why; recorded in the history')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .option('--write-differences', 'hand over even if records differ, and write openhouse’s values back')
    .helpGroup('Data:')
    .summary('hand a record type over to openhouse, or back')
    .description(
      'Reads the latest changes in the old CRM, then hands a record type over to openhouse, which from then on owns its records ' +
        'and writes changes back to the old CRM. This only happens if both sides agree and no change is in transit; otherwise the ' +
        'command lists what to do, and exits with 3. It also names the fields whose changes will stay in openhouse, because the ' +
        'mapping has no place for them.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse cutover listing --dry-run\n  openhouse cutover listing --because "Listings are entered here from ' +
        'today"\n  openhouse cutover listing --back --because "The MLS feed is not ready"',
    )
    .action(async (given: string, { back, dryRun = false, because, as, writeDifferences = false }: Options) => {
      const type = recordTypeGiven(given, ownedTypes);
      if (back === true && writeDifferences)
        throw usage(
          '--write-differences is for handing over to openhouse; `openhouse parity --repair` writes them before --back',
        );
      if (!dryRun && !because?.trim()) throw usage('give the reason with --because "…"; it is recorded with the event');
      const { cutOver } = await import('../../../importers/owned/cutover.ts');
      const { unwrittenFields } = await import('../../../importers/owned/unwritten-fields.ts');
      const { ownerNames, unwrittenText } = await import('../../legacy/ownership-text.ts');
      const { followLegacy } = await import('../../../schedulers/old-crm/follow-legacy.ts');
      const { runJob } = await import('../../../schedulers/running/job-run.ts');
      const owner = back === true ? 'legacy' : 'openhouse';
      const asked = askedBy(personAt(as), because?.trim() ?? '');
      await withOldCrm(context, async (workspace, { mongo, mapping }) => {
        // One run that also does what following does only once an hour or once a day.
        const legacy = { ...legacySettings(workspace.config)!, sweepEveryMs: 0, compareEveryMs: 0 };
        const follow = async () => {
          const { result } = await runWhenFree(context, () => runJob(followLegacy, { ...workspace, legacy }));
          return result.counts;
        };
        const { signal } = workspace;
        const options = { mapping, dryRun, acceptDifferences: writeDifferences, signal, follow };
        const {
          checks,
          done,
          already = false,
          changedLast = 0,
        } = await cutOver(workspace, mongo, type, owner, options, asked);
        if (checks.some(({ ok }) => !ok)) context.exitWith(exitCodes.needsAttention);
        const notWritten = owner === 'openhouse' && !already ? unwrittenFields(type, mapping) : [];
        context.print({ type, owner, done, checks, notWritten, changedLast }, () =>
          [
            ...checks.map(
              ({ what, ok, found, toDo }) =>
                `${ok ? '✔' : '✘'} ${what}: ${found}${toDo === null ? '' : `\n    ${toDo}`}`,
            ),
            ...[unwrittenText(type, notWritten) ?? []].flat(),
            already
              ? `${ownerNames[owner]} already owns every ${type}. Nothing was changed.`
              : done
                ? `Handed over: ${ownerNames[owner]} owns every ${type} now.`
                : dryRun && checks.every(({ ok }) => ok)
                  ? 'It can be handed over. Nothing was: run it without --dry-run, with --because "…".'
                  : 'Nothing was handed over.',
            ...(changedLast === 0
              ? []
              : [
                  `${counted(changedLast, 'record')} changed here in the last moment before that: the next write-back writes ` +
                    `${changedLast === 1 ? 'it' : 'them'} (\`openhouse write-back list\`).`,
                ]),
          ].join('\n'),
        );
      });
    });
}
