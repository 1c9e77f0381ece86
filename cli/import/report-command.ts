import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** `openhouse import report`: how well everything that was imported is understood. */
export const registerReport = (parent: Command, context: Context): void => {
  parent
    .command('report')
    .option('--html <file>', 'also write it as a self-contained HTML page')
    .summary('report how well the imported documents are understood')
    .description(
      'For every collection and field: how many documents are clean, repaired (and by which rule), emptied because the value was not ' +
        'understood, on hold (saved searches), or in quarantine. Also the worst offenders with samples, broken references, duplicates ' +
        'and what was done with them, fields that nothing reads, and the trend over all imports. Values that may be personal are shown ' +
        'by their shape only.',
    )
    .addHelpText(
      'after',
      `
Examples:
  openhouse import report
  openhouse import report --html quality.html
  openhouse import report --json`,
    )
    .action(async (options: { html?: string }) => {
      const { withDatabase } = await import('../workspace.ts');
      const { checkOutputFile, writeOutputFile } = await import('../output/output-file.ts');
      if (options.html !== undefined) await checkOutputFile(options.html);
      const { dataQuality } = await import('../../importers/reporting/data-quality.ts');
      await withDatabase(context, async (db) => {
        const { inShownOrder } = await import('./shown-order.ts');
        const quality = inShownOrder(await dataQuality(db));
        const { timeZone } = context.config();
        if (options.html !== undefined) {
          const { qualityPage } = await import('./quality-page.ts');
          await writeOutputFile(options.html, qualityPage(quality, timeZone));
          context.say(`written: ${options.html}`);
        }
        const { qualityText } = await import('./quality-text.ts');
        context.print(quality, (shown) => qualityText(shown, timeZone));
      });
    });
};
