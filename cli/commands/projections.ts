import type { Command } from 'commander';
import { exitCodes, userError } from '../../platform/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { registerAsOf } from '../projections/as-of-command.ts';
import { registerWait } from '../projections/wait-command.ts';
import { withEngine } from '../projections/with-engine.ts';
import { counted, number } from '../words.ts';

const description = `The read models, and how to rebuild one with confidence while everything keeps running.

Each projection has builds, every one in a schema of its own: the live one, which readers see through the views read.*; a candidate, built beside it; and the version before, kept up so that one can go back. Nothing a rebuild does sends anything to anybody.`;

const walkThrough = `
After a data bug:
  openhouse projections list                 is anything behind, parked, or made by other code than that on disk?
  openhouse projections rebuild listings     build a candidate from the mended code, beside the live one
  openhouse projections diff listings        what would change, row by row, and which events are behind it
  openhouse projections promote listings     show the candidate, in an instant
  openhouse projections rollback listings    and back, if need be

docs/replaying-after-a-data-bug.md tells the whole story.`;

export function register(program: Command, context: Context): void {
  const projections = program
    .command('projections')
    .helpGroup('Data:')
    .summary('see the read models; rebuild, compare, switch, roll back')
    .description(description)
    .addHelpText('after', walkThrough);

  projections
    .command('list')
    .summary('every build: state, lag, parked events, size, last error')
    .description(
      'Shows every build of every projection. Lag counts the events that a build has not had yet, and how long the ' +
        'oldest of them has been waiting. Exit code 3 when something waits for a person: parked events, a failing build.',
    )
    .action(async () => {
      const { listText, needsAttention } = await import('../projections/list-text.ts');
      const { projectionStatus } = await import('../../projections/index.ts');
      await withEngine(context, async (deps) => {
        const builds = await projectionStatus(deps);
        if (builds.some(needsAttention)) context.exitWith(exitCodes.needsAttention);
        context.print({ projections: builds }, () => listText(builds));
      });
    });

  projections
    .command('rebuild')
    .argument('[names...]', 'which projections')
    .option('--all', 'every projection, in one pass over the events')
    .option('--park', 'park what a handler refuses and go on; without it the rebuild stops there')
    .option('--from-start', 'begin anew even where an interrupted rebuild could go on')
    .summary('build a candidate beside the live model, from the code on disk')
    .description(
      'Builds candidates from the first event on, while the live models keep serving. Interrupted (Ctrl-C, a crash, a full ' +
        'disk), the same command goes on where it was; after a change of the code it begins anew. Once built, a candidate ' +
        'is kept up with the events until it is promoted or dropped.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse projections rebuild listings\n  openhouse projections rebuild --all --json',
    )
    .action(async (names: string[], options: { all?: boolean; park?: boolean; fromStart?: boolean }) => {
      if (names.length > 0 === (options.all ?? false)) {
        throw userError('say which projections to rebuild, or --all', { code: 'usage', exitCode: exitCodes.usage });
      }
      const { rebuild } = await import('../../projections/index.ts');
      const { keepHeapLean } = await import('../../platform/lean-heap.ts');
      keepHeapLean();
      const { startProgress } = await import('../../platform/progress.ts');
      await withEngine(context, async (deps) => {
        const bar = startProgress('rebuilding', 1, 'events');
        try {
          const rebuilt = await rebuild(deps, options.all ? 'all' : names, {
            park: options.park ?? false,
            fromStart: options.fromStart ?? false,
            signal: context.signal,
            onProgress: ({ events, total }) => bar.update(events, total),
          });
          bar.stop();
          if (rebuilt.some(({ parked }) => parked > 0)) context.exitWith(exitCodes.needsAttention);
          context.print({ rebuilt }, () =>
            [
              ...rebuilt.map(
                ({ schema, events, parked, resumed }) =>
                  `${schema}: ${counted(events, 'event')}${resumed ? ' (taken up where it was stopped)' : ''}` +
                  `${parked > 0 ? `, ${number(parked)} parked` : ''}`,
              ),
              ...rebuilt.map(({ name }) => `Next: openhouse projections diff ${name}`),
            ].join('\n'),
          );
        } finally {
          bar.stop();
        }
      });
    });

  projections
    .command('diff')
    .argument('<name>', 'which projection')
    .option(
      '--against <schema>',
      'compare the live model with this build (default: the candidate, else the version before)',
    )
    .option('--samples <number>', 'rows to show of each kind', wholeNumber(0, 1_000), 5)
    .summary('what a promote would change, row by row, and the events behind it')
    .description(
      'Compares the candidate with the live model, both at one and the same position, while both keep being fed. For each ' +
        'row shown it plays the record to both versions of the code and names the event from which on they differ.',
    )
    .action(async (name: string, options: { against?: string; samples: number }) => {
      const { diffProjection } = await import('../../projections/index.ts');
      const { diffText } = await import('../projections/diff-text.ts');
      await withEngine(context, async (deps) => context.print(await diffProjection(deps, name, options), diffText));
    });

  for (const [command, summary, done] of [
    ['promote', 'show the candidate to readers, in an instant', 'Readers see'],
    ['rollback', 'go back to the version before', 'Readers see again'],
  ] as const) {
    projections
      .command(command)
      .argument('<name>', 'which projection')
      .option('--force', 'also when it is unfinished, behind, or has parked events')
      .summary(summary)
      .description(
        'Switches the views in one transaction: readers see the one build or the other, and nothing in between. The build ' +
          'that was live is kept up, so that one can go back (or forth) again. Refuses a build that is unfinished, behind the ' +
          'live one, or has parked events.',
      )
      .action(async (name: string, options: { force?: boolean }) => {
        const module = await import('../../projections/index.ts');
        await withEngine(context, async (deps) => {
          const switched = await module[command](deps, name, { force: options.force ?? false });
          context.print(switched, ({ to, from }) => `${done} ${to} (before: ${from}).`);
        });
      });
  }

  projections
    .command('drop')
    .argument('<name>', 'which projection')
    .argument('[schema]', 'which build (default: those that were live before)')
    .summary('remove builds that are no longer needed')
    .description(
      'Removes the versions before the live one, or the named build: a candidate, an as-of. Never the live one.',
    )
    .action(async (name: string, schema: string | undefined) => {
      const { dropBuilds } = await import('../../projections/index.ts');
      await withEngine(context, async (deps) => {
        const dropped = await dropBuilds(deps.db, name, schema);
        context.print({ dropped }, () =>
          dropped.length === 0 ? 'There was nothing to drop.' : `Dropped ${dropped.join(', ')}.`,
        );
      });
    });

  projections
    .command('parked')
    .argument('[name]', 'which projection (default: all)')
    .summary('events that wait for somebody to mend something')
    .description(
      'An event that a handler refuses is parked, with all that follow it for the same record; everything else goes on. ' +
        'Shows where each record is stuck, why, and how many events wait behind. Exit code 3 when there are any.',
    )
    .action(async (name: string | undefined) => {
      const { listParked } = await import('../../projections/index.ts');
      const { parkedText } = await import('../projections/list-text.ts');
      await withEngine(context, async (deps) => {
        const parked = await listParked(deps.db, name);
        if (parked.length > 0) context.exitWith(exitCodes.needsAttention);
        context.print({ parked }, () => parkedText(parked));
      });
    });

  projections
    .command('retry')
    .argument('<name>', 'which projection')
    .option('--record <stream or key>', 'only this record')
    .summary('apply parked events, after the fix')
    .description(
      'Applies what is parked with the code that is on disk now, each record from where it was stopped, in order: the rows ' +
        'are those that a clean run would have given. From then on the build is made by that code. Exit code 3 when something is parked still.',
    )
    .action(async (name: string, options: { record?: string }) => {
      const { retryParked } = await import('../../projections/index.ts');
      await withEngine(context, async (deps) => {
        const retried = await retryParked(deps, name, options);
        if (retried.some(({ stillParked }) => stillParked > 0)) context.exitWith(exitCodes.needsAttention);
        const of = options.record === undefined ? '' : ` of ${options.record}`;
        context.print({ retried }, () =>
          retried.length === 0
            ? `Nothing${of} is parked.`
            : retried
                .map(
                  ({ schema, records, applied, stillParked }) =>
                    `${schema}: ${counted(records, 'record')} tried, ${counted(applied, 'event')} applied, ${number(stillParked)} parked still`,
                )
                .join('\n'),
        );
      });
    });

  registerAsOf(projections, context);
  registerWait(projections, context);
}
