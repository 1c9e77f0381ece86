import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { usage } from '../arguments.ts';
import type { Context } from '../context.ts';

/** `openhouse import inspect`: what is in an old database, and what a mapping makes of it. Starts no server. */
export const registerInspect = (parent: Command, context: Context): void => {
  parent
    .command('inspect')
    .argument(
      '[source]',
      'a dump folder, one of its files, or the address of a live MongoDB (default: MONGO_URL), as for `openhouse import`',
    )
    .option(
      '--mapping <name>',
      'one of the mappings that `openhouse import` knows, or a YAML file (default: the one that fits best)',
    )
    .option('--html <file>', 'also write it as a self-contained HTML page')
    .option(
      '--propose [file]',
      'write a first mapping for this database, by names and by what values look like (without a file: to stdout)',
    )
    .summary('show what is in an old database, and what is understood of it')
    .description(
      'Reads a whole dump or database and shows, for every collection and field, how many documents have it, of which types, how short fields ' +
        'are spelled, the ranges of numbers and dates, which openhouse field it becomes, and what nothing reads; and how many ' +
        'documents of a sample are understood, understood in part, or would be quarantined. Imports nothing and needs no server. ' +
        'Values that may be personal (by the mapping, by the name of the field, or by what they look like) are shown by their shape only.',
    )
    .addHelpText(
      'after',
      `
Without --mapping it uses the one of openhouse's own mappings that fits best.

Exit codes: 0 everything was read, 1 a file could not be read to its end.

Examples:
  openhouse import inspect /backups/dump
  openhouse import inspect /backups/dump --html dump.html
  openhouse import inspect /backups/dump --propose our-crm.yaml
  openhouse import inspect /backups/dump --mapping our-crm.yaml`,
    )
    .action(
      async (address: string | undefined, options: { mapping?: string; html?: string; propose?: string | true }) => {
        const { withSource } = await import('../../importers/inspecting/with-source.ts');
        const { inspectSource } = await import('../../importers/inspecting/inspect-source.ts');
        const { startProgress } = await import('../../platform/progress.ts');
        const { systemClock } = await import('../../platform/clock.ts');
        const { exitCodes, userError } = await import('../../platform/errors.ts');
        const source = address ?? context.config().mongoUrl;
        if (source === undefined) {
          throw usage(
            'there is nothing to inspect',
            'Give a dump folder (or one of its files) or the address of a MongoDB, or set MONGO_URL.',
          );
        }
        if (typeof options.propose === 'string' && existsSync(options.propose)) {
          throw userError(`${options.propose} already exists, and may have your corrections`, {
            code: 'file-exists',
            exitCode: exitCodes.usage,
            hint: 'Give another name, or delete it first.',
          });
        }
        const { checkOutputFile, writeOutputFile } = await import('../output/output-file.ts');
        for (const file of [options.html, options.propose]) if (typeof file === 'string') await checkOutputFile(file);
        // The parent takes the option wherever it stands.
        const given =
          parent.getOptionValueSource('mapping') === 'cli' ? parent.opts<{ mapping: string }>().mapping : undefined;
        const named = options.mapping ?? given;
        const { loadMapping } = await import('../../importers/mappings/load-mapping.ts');
        const { fittingMapping } = await import('../../importers/inspecting/fitting-mapping.ts');
        const asked = named === undefined ? undefined : await loadMapping(named);
        const inspection = await withSource(source, context.signal, async (opened, name) => {
          const mapping = asked ?? (await fittingMapping(opened));
          const progress = startProgress('reading', 1, 'documents');
          const onProgress = (documents: number, share: number) =>
            progress.update(
              documents,
              Math.max(documents, Math.round(documents / Math.min(1, Math.max(share, 0.001)))),
            );
          return await inspectSource(opened, name, mapping, {
            signal: context.signal,
            now: systemClock.now(),
            onProgress,
          }).finally(() => progress.stop());
        });
        if (options.html !== undefined) {
          const { inspectionPage } = await import('./inspection-page.ts');
          await writeOutputFile(options.html, inspectionPage(inspection));
          context.say(`written: ${options.html}`);
        }
        const { inspectionText } = await import('./inspection-text.ts');
        if (options.propose !== undefined) {
          const { proposeMapping } = await import('../../importers/inspecting/proposing/propose-mapping.ts');
          const proposed = await proposeMapping(inspection);
          if (options.propose !== true) {
            await writeOutputFile(options.propose, proposed);
            context.print(inspection, inspectionText);
            context.say(
              `written: ${options.propose}. Check each line, then see what it understands: openhouse import inspect ${inspection.source} --mapping ${options.propose}`,
            );
          } else context.print({ proposed }, () => proposed);
        } else context.print(inspection, inspectionText);
        if (inspection.collections.some(({ problem }) => problem !== undefined)) context.exitWith(exitCodes.failed);
      },
    );
};
