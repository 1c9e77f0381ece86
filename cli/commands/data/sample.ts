import type { Command } from 'commander';
import { errorCode, exitCodes } from '../../../platform/errors.ts';
import { fraction, wholeNumber } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { cannotWrite, isFileReason } from '../../output/output-file.ts';

type Options = {
  listings: number;
  contacts: number;
  agents?: number;
  seed: string;
  dirt: number;
  later?: boolean;
  gzip?: boolean;
};

export function register(program: Command, context: Context): void {
  program
    .command('sample')
    .argument('<folder>', 'where to write it; created if necessary')
    .helpGroup('Data:')
    .summary("write a dump of a made-up brokerage's old CRM")
    .description(
      "Writes a MongoDB dump of a made-up brokerage's old CRM, as dirty as real ones. The same options give the same bytes " +
        'on every machine. `openhouse import <folder>` imports it.',
    )
    .option('--listings <number>', 'how many listings', wholeNumber(0), 400)
    .option('--contacts <number>', 'how many contacts', wholeNumber(0), 600)
    .option('--agents <number>', 'how many agents (default: depends on the contacts)', wholeNumber(1))
    .option('--seed <text>', 'each seed gives a different brokerage', '1')
    .option('--dirt <share>', 'from 0 (every field clean) to 1 (every oddity, often)', fraction, 0.3)
    .option('--later', 'the same brokerage two weeks later')
    .option('--gzip', 'compressed, as `mongodump --gzip` does')
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse sample ./old-crm\n  openhouse sample ./big --listings 50000 --contacts 50000 --gzip',
    )
    .action(async (folder: string, options: Options) => {
      const { writeSample } = await import('../../../samples/generator/write-sample.ts');
      const { startProgress } = await import('../../../platform/progress.ts');
      const { later, agents, gzip = false, ...sizes } = options;
      const bar = startProgress('sample', sizes.listings + sizes.contacts, 'records');
      try {
        const summary = await writeSample({
          folder,
          ...sizes,
          ...(agents === undefined ? {} : { agents }),
          gzip,
          stage: later ? 'later' : 'first',
          onProgress: bar.update,
        });
        bar.stop();
        context.print(summary, ({ documents }) => {
          const lines = Object.entries(documents).map(([name, count]) => `  ${name.padEnd(20)} ${format(count)}`);
          return `Wrote ${folder}:\n${lines.join('\n')}\nImport it with: openhouse import ${folder}`;
        });
      } catch (error) {
        // `explain` has better words for a folder that cannot be created.
        const isReason = isFileReason(error) && errorCode(error) !== 'ENOENT';
        throw isReason ? cannotWrite(folder, error, exitCodes.failed) : error;
      } finally {
        bar.stop();
      }
    });
}

const format = (count: number) => count.toLocaleString('en-US').padStart(10);
