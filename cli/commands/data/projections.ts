import type { Command } from 'commander';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { counted, number } from '../../output/words.ts';
import { registerAsOf } from '../../projections/as-of-command.ts';
import { registerWait } from '../../projections/wait-command.ts';
import { withEngine } from '../../projections/with-engine.ts';

const description = `The read models, and how to rebuild one safely while everything keeps running.

A projection has builds, each in its own schema: the live one, which readers see through the views read.*; a candidate, built next to it; and the previous one, kept up to date so that you can roll back. A rebuild never sends any messages.`;

const walkThrough = `
After a data bug:
  openhouse projections list                 is anything behind or parked, or was the code on disk changed?
  openhouse projections rebuild listings     build a candidate with the fixed code, next to the live build
  openhouse projections diff listings        what would change, row by row, and which events cause it
  openhouse projections promote listings     make the candidate live
  openhouse projections rollback listings    make the previous build live again, if necessary

See docs/replaying-after-a-data-bug.md.`;

export function register(program: Command, context: Context): void {
  const projections = program
    .command('projections')
    .helpGroup('Data:')
    .summary('list the read models; rebuild, compare, promote, roll back')
    .description(description)
    .addHelpText('after', walkThrough);

  projections
    .command('list')
    .summary('list every build: state, lag, parked events, size, last error')
    .description(
      'Lists every build of every projection. Lag is the number of events that a build has not applied yet, and how long the ' +
        'oldest of them has been waiting. Exits with 3 when a build has parked events or has stopped.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections list')
    .action(async () => {
      const { listText, needsAttention } = await import('../../projections/list-text.ts');
      const { projectionStatus } = await import('../../../projections/index.ts');
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
    .option('--park', 'park events that a handler rejects and continue, instead of stopping')
    .option('--from-start', 'start over instead of resuming an interrupted rebuild')
    .summary('build a candidate next to the live build, with the code on disk')
    .description(
      'Builds candidates from the first event on, while the live builds keep serving readers. After an interruption (Ctrl-C, a ' +
        'crash, a full disk), the same command resumes; if the code has changed, it starts over. Once built, a candidate ' +
        'is kept up to date until it is promoted or dropped.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse projections rebuild listings\n  openhouse projections rebuild --all --json',
    )
    .action(async (names: string[], options: { all?: boolean; park?: boolean; fromStart?: boolean }) => {
      if (names.length > 0 === (options.all ?? false)) {
        throw userError('give the projections to rebuild, or --all', { code: 'usage', exitCode: exitCodes.usage });
      }
      const { rebuild } = await import('../../../projections/index.ts');
      const { keepHeapLean } = await import('../../../platform/lean-heap.ts');
      // A rebuild reads so fast that with 40 % it would hold 25 MB more, for a tenth less time.
      keepHeapLean(20);
      const { startProgress } = await import('../../../platform/progress.ts');
      await withEngine(context, async (deps) => {
        context.keepsWork();
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
                  `${schema}: ${counted(events, 'event')}${resumed ? ' (resumed)' : ''}` +
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
      'compare the live build with this one (default: the candidate, else the previous build)',
    )
    .option('--samples <number>', 'rows to show of each kind', wholeNumber(0, 1_000), 5)
    .summary('show what a promote would change, row by row, and the events that cause it')
    .description(
      'Compares the candidate with the live build, both at the same position, while both keep being fed. For each ' +
        'row shown, it replays the record through both versions of the code and names the event at which they diverge.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections diff listings --samples 20')
    .action(async (name: string, options: { against?: string; samples: number }) => {
      const { diffProjection } = await import('../../../projections/index.ts');
      const { diffText } = await import('../../projections/diff-text.ts');
      await withEngine(context, async (deps) =>
        context.print(await diffProjection(deps, name, options), (diff) => diffText(diff, context.config().timeZone)),
      );
    });

  for (const [command, summary, done] of [
    ['promote', 'make the candidate live', 'Readers now see'],
    ['rollback', 'make the previous build live again', 'Readers now see again'],
  ] as const) {
    projections
      .command(command)
      .argument('<name>', 'which projection')
      .option('--force', 'even if it is unfinished, behind, or has parked events')
      .summary(summary)
      .description(
        'Switches the views in one transaction: readers see one build or the other, and nothing in between. The build ' +
          'that was live is kept up to date, so you can switch back again. Refuses a build that is unfinished, behind the ' +
          'live one, or has parked events.',
      )
      .addHelpText('after', `\nExample:\n  openhouse projections ${command} listings`)
      .action(async (name: string, options: { force?: boolean }) => {
        const module = await import('../../../projections/index.ts');
        await withEngine(context, async (deps) => {
          const switched = await module[command](deps, name, { force: options.force ?? false });
          context.print(switched, ({ to, from }) => `${done} ${to} (before: ${from}).`);
        });
      });
  }

  projections
    .command('drop')
    .argument('<name>', 'which projection')
    .argument('[schema]', 'which build (default: all that were live before)')
    .summary('remove builds that are no longer needed')
    .description(
      'Removes the builds that were live before, or the named build, such as a candidate or an as-of. Never the live one.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse projections drop listings\n  openhouse projections drop listings audit_2026_03',
    )
    .action(async (name: string, schema: string | undefined) => {
      const { dropBuilds } = await import('../../../projections/index.ts');
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
    .summary('list parked events, which wait until a handler is fixed')
    .description(
      'An event that a handler rejects is parked, with all later events of the same record; everything else continues. ' +
        'Shows where each record is stuck, why, and how many events wait behind. Exits with 3 when there are any.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections parked listings')
    .action(async (name: string | undefined) => {
      const { listParked } = await import('../../../projections/index.ts');
      const { parkedText } = await import('../../projections/list-text.ts');
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
    .summary('apply parked events after a fix')
    .description(
      'Applies parked events with the code that is on disk now, each record in order from where it stopped: the rows ' +
        'are what a clean run would have produced. The build uses that code from then on. Exits with 3 when events are still parked.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections retry listings')
    .action(async (name: string, options: { record?: string }) => {
      const { retryParked } = await import('../../../projections/index.ts');
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
                    `${schema}: ${counted(records, 'record')} retried, ${counted(applied, 'event')} applied, ${number(stillParked)} still parked`,
                )
                .join('\n'),
        );
      });
    });

  registerAsOf(projections, context);
  registerWait(projections, context);
}
