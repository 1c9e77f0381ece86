import type { Command } from 'commander';
import { exitCodes, userError } from '../../platform/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';

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
      await withDeps(async (deps) => {
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
      await withDeps(async (deps) => {
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
                  `${schema}: ${number(events)} events${resumed ? ' (taken up where it was stopped)' : ''}` +
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
      await withDeps(async (deps) => context.print(await diffProjection(deps, name, options), diffText));
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
        await withDeps(async (deps) => {
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
      await withDeps(async (deps) => {
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
      await withDeps(async (deps) => {
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
      await withDeps(async (deps) => {
        const retried = await retryParked(deps, name, options);
        if (retried.some(({ stillParked }) => stillParked > 0)) context.exitWith(exitCodes.needsAttention);
        context.print({ retried }, () =>
          retried.length === 0
            ? 'Nothing is parked.'
            : retried
                .map(
                  ({ schema, records, applied, stillParked }) =>
                    `${schema}: ${number(records)} records tried, ${number(applied)} events applied, ${number(stillParked)} parked still`,
                )
                .join('\n'),
        );
      });
    });

  projections
    .command('as-of')
    .argument('<name>', 'which projection')
    .requiredOption('--into <schema>', 'the schema to make')
    .option('--at <time>', 'as it was recorded by then: 2026-03-31 (the end of that day, UTC) or 2026-03-31T15:00:00Z')
    .option('--position <number>', 'as it was at this position of the event store', wholeNumber(0))
    .option(
      '--code <which>',
      '`live`: by the code readers see the results of; `disk`: by the code as it is now',
      'live',
    )
    .option('--replace', 'in place of an earlier as-of in that schema')
    .summary('build a read model as it was at a moment')
    .description(
      'Builds the read model with all that had been recorded by a moment, and nothing later, into a schema of its own: for ' +
        'audits, and to reproduce a bug. It stays until `openhouse projections drop <name> <schema>`.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections as-of listings --at 2026-03-31 --into audit_2026_03')
    .action(async (name: string, options: AsOfCommand) => {
      const moment = momentOf(options);
      if (options.code !== 'live' && options.code !== 'disk') {
        throw userError('--code takes live or disk', { code: 'usage', exitCode: exitCodes.usage });
      }
      const { code, into, replace = false } = options;
      const { asOf } = await import('../../projections/index.ts');
      await withDeps(async (deps) => {
        const built = await asOf(deps, name, { moment, into, replace, code, signal: context.signal });
        context.print(built, ({ schema, tables, events, parked, recordedAt }) =>
          [
            `${tables.map((table) => `${schema}.${table}`).join(', ')}: ${number(events)} events` +
              `${recordedAt === null ? '' : `, the last recorded at ${recordedAt.toISOString()}`}` +
              `${parked > 0 ? `; ${number(parked)} parked` : ''}.`,
            `Drop it when done: openhouse projections drop ${name} ${schema}`,
          ].join('\n'),
        );
      });
    });

  const withDeps = async (
    work: (deps: import('../../projections/index.ts').EngineDeps) => Promise<void>,
  ): Promise<void> => {
    const { withWorkspace } = await import('../workspace.ts');
    const { prepareProjections } = await import('../../projections/index.ts');
    await withWorkspace(context, async (workspace) => {
      await prepareProjections(workspace.db);
      await work(workspace);
    });
  };
}

type AsOfCommand = { into: string; at?: string; position?: number; code: string; replace?: boolean };

const momentOf = ({ at, position }: AsOfCommand): { at: Date } | { position: bigint } => {
  if ((at === undefined) === (position === undefined)) {
    throw userError('say either --at <time> or --position <number>', { code: 'usage', exitCode: exitCodes.usage });
  }
  if (position !== undefined) return { position: BigInt(position) };
  const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(at!) ? `${at}T23:59:59.999Z` : at!);
  if (Number.isNaN(time.getTime())) {
    throw userError(`"${at}" is no time`, {
      code: 'usage',
      hint: 'Write 2026-03-31, or 2026-03-31T15:00:00Z.',
      exitCode: exitCodes.usage,
    });
  }
  return { at: time };
};

const number = (value: number) => value.toLocaleString('en-US');
