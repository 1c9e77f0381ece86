import type { Command } from 'commander';
import { parseTime } from '../../history/parse-time.ts';
import { exitCodes, userError } from '../../platform/errors.ts';
import { formatTime } from '../../platform/wording/shown-time.ts';
import type { BuildProgress } from '../../projections/index.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { counted, number } from '../output/words.ts';
import { withEngine } from './with-engine.ts';

/** `openhouse projections as-of`. */
export function registerAsOf(projections: Command, context: Context): void {
  projections
    .command('as-of')
    .argument('<name>', 'which projection')
    .requiredOption('--into <schema>', 'the schema to create')
    .option(
      '--at <time>',
      'with what was recorded by then: a date (the end of that day) or a date and time, e.g. 2026-03-31T14:00',
    )
    .option(
      '--time-zone <name>',
      'for --at and for the times shown (default: that of the brokerage, OPENHOUSE_TIME_ZONE)',
    )
    .option('--position <number>', 'with the events up to this position', wholeNumber(0))
    .option('--code <which>', 'use the code of the `live` build, or the code on `disk`', 'live')
    .option('--replace', 'replace an earlier as-of in that schema')
    .summary('build a read model as it was at a moment')
    .description(
      'Builds the read model from everything recorded by a moment, and nothing later, in its own schema: for ' +
        'audits, and to reproduce a bug. It stays until you run `openhouse projections drop <name> <schema>`.',
    )
    .addHelpText('after', '\nExample:\n  openhouse projections as-of listings --at 2026-03-31 --into audit_2026_03')
    .action(async (name: string, options: AsOfCommand) => {
      const timeZone = options.timeZone ?? context.config().timeZone;
      const moment = momentOf(options, timeZone);
      if (options.code !== 'live' && options.code !== 'disk') {
        throw userError('--code must be live or disk', { code: 'usage', exitCode: exitCodes.usage });
      }
      const { code, into, replace = false } = options;
      const { asOf } = await import('../../projections/index.ts');
      const { startProgress } = await import('../../platform/progress.ts');
      await withEngine(context, async (deps) => {
        const bar = startProgress('building', 1, 'events');
        const onProgress = ({ events, total }: BuildProgress) => bar.update(events, total);
        const wanted = { moment, into, replace, code, signal: context.signal, onProgress } as const;
        const built = await asOf(deps, name, wanted).finally(() => bar.stop());
        context.print(built, ({ schema, tables, events, parked, recordedAt }) =>
          [
            `${tables.map((table) => `${schema}.${table}`).join(', ')}: ${counted(events, 'event')}` +
              `${recordedAt === null ? '' : `, the last recorded at ${formatTime(recordedAt.toISOString(), timeZone)}`}` +
              `${parked > 0 ? `; ${number(parked)} parked` : ''}.`,
            `Drop it when done: openhouse projections drop ${name} ${schema}`,
          ].join('\n'),
        );
      });
    });
}

type AsOfCommand = {
  into: string;
  at?: string;
  timeZone?: string;
  position?: number;
  code: string;
  replace?: boolean;
};

const momentOf = ({ at, position }: AsOfCommand, timeZone: string): { at: Date } | { position: bigint } => {
  if (at !== undefined && position === undefined) return { at: parseTime(at, timeZone) };
  if (position !== undefined && at === undefined) return { position: BigInt(position) };
  throw userError('give either --at <time> or --position <number>', { code: 'usage', exitCode: exitCodes.usage });
};
