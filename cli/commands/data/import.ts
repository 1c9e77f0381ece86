import type { Command } from 'commander';
import type { CompiledMapping } from '../../../importers/mappings/compile.ts';
import { exitCodes, userError } from '../../../platform/errors.ts';
import { usage } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { registerAcceptQuarantine } from '../../import/accept-quarantine.ts';
import { registerConfirmDeletes } from '../../import/confirm-deletes.ts';
import { registerInspect } from '../../import/inspect-command.ts';
import { registerRemap } from '../../import/remap-command.ts';
import { registerReport } from '../../import/report-command.ts';
import { importText } from '../../import/text.ts';
import { printRecorded } from '../../output/print-recorded.ts';
import { personAt } from '../../person.ts';

type Options = { readonly mapping?: string; readonly follow?: true; readonly acceptQuarantine?: true };

export function register(program: Command, context: Context): void {
  const command = program
    .command('import')
    .argument(
      '[source]',
      'the address of a live MongoDB (default: MONGO_URL), or a folder: what `mongodump --out` wrote (gzipped or not), or ' +
        'mongoexport files; or one of these files',
    )
    .option(
      '--mapping <name>',
      'what the old CRM calls its collections and fields: `home-grown` (the default), `reso`, `simplyrets`, or a YAML file (OPENHOUSE_MAPPING)',
    )
    .option(
      '--accept-quarantine',
      'continue no matter how much goes into quarantine (otherwise an import stops when more than OPENHOUSE_QUARANTINE_PERCENT, ' +
        '20, of a collection does)',
    )
    .option('--follow', 'for a live MongoDB: keep importing its changes, every minute or sooner, until Ctrl-C')
    .helpGroup('Data:')
    .summary('import an old CRM: a live MongoDB or a dump')
    .description(
      "Turns an old CRM's data into events: listings, leads, agents, saved searches, and what was sent to whom. Fields that " +
        'cannot be understood are left empty with a warning on the record; documents that cannot become a record are kept in ' +
        'quarantine with the reason. Importing the same dump again appends nothing, a later one appends only its changes, and an ' +
        'older one ' +
        'undoes nothing. You can stop (or kill) an import at any time, and the next one resumes there. When it is done, the read ' +
        'models show what was imported.',
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 everything was read (documents may be in quarantine), 1 a file could not be read to its end, 3 a read model is not\nup to date.

Examples:
  openhouse import /backups/legacy-dump
  openhouse import samples/legacy --json
  openhouse import exports/contacts.json
  openhouse import samples/reso --mapping reso
  openhouse import /backups/dump --mapping our-crm.yaml
  openhouse import mongodb://reader:password@crm.example.com:27017/legacy
  MONGO_URL=mongodb://… openhouse import --follow
  openhouse import confirm-deletes`,
    )
    .action(async (given: string | undefined, options: Options) => {
      const { loadMapping } = await import('../../../importers/mappings/load-mapping.ts');
      const mappingName = options.mapping ?? context.config().mapping;
      const mapping = await loadMapping(mappingName);
      const source = given ?? context.config().mongoUrl;
      if (source === undefined) throw nothingToImport();
      await checkSource(source, mapping); // before any server starts
      const { keepHeapLean } = await import('../../../platform/lean-heap.ts');
      keepHeapLean();
      if (options.follow === true) {
        if (options.acceptQuarantine === true)
          throw usage(
            'following stops again the next time',
            'Accept what it stopped for with `openhouse import accept-quarantine`.',
          );
        const { followUntilStopped } = await import('../../import/follow.ts');
        return await followUntilStopped(context, source, mappingName);
      }
      await context.withServers(async ({ databaseUrl, eventStoreUrl }) => {
        const { importAny } = await import('../../../importers/import-any.ts');
        const { connectEventStore } = await import('../../../eventstore/event-store.ts');
        const { commandPatience } = await import('../../../eventstore/report-waiting.ts');
        const { openDatabase } = await import('../../../platform/database/database.ts');
        const { systemClock } = await import('../../../platform/clock.ts');
        const { startProgress } = await import('../../../platform/progress.ts');
        const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'openhouse import' });
        const store = connectEventStore(eventStoreUrl, commandPatience(context));
        try {
          const deps = { db, store, clock: systemClock, say: context.say, progress: startProgress };
          const { besideTheSample } = await import('../../start/data-besides.ts');
          const { samples } = await import('../../start/steps.ts');
          const warning = await besideTheSample({ db }, source, samples);
          if (warning !== null) context.say(`Note: ${warning}`);
          const accepted = options.acceptQuarantine === true ? { acceptQuarantine: personAt(undefined) } : {};
          const quarantineLimit = context.config().quarantineLimit;
          const given = { signal: context.signal, mapping, quarantineLimit, ...accepted };
          context.keepsWork();
          const summary = await importAny(deps, source, given);
          for (const { file, offset, message } of summary.problems) context.say(`${file}, byte ${offset}: ${message}`);
          const { createLogger } = await import('../../../platform/logging/log.ts');
          const log = createLogger({ level: context.config().logLevel });
          await printRecorded(context, { db, store, log }, (readModelsBehind) =>
            context.print({ ...summary, readModelsBehind }, () => importText(summary)),
          );
          if (summary.problems.length > 0) context.exitWith(exitCodes.failed);
        } finally {
          await Promise.all([close(), store.close()]);
        }
      });
    });
  registerInspect(command, context);
  registerReport(command, context);
  registerRemap(command, context);
  registerConfirmDeletes(command, context);
  registerAcceptQuarantine(command, context);
}

const nothingToImport = () =>
  userError('there is nothing to import from', {
    code: 'import-no-source',
    exitCode: exitCodes.usage,
    hint: 'Give a dump folder (or one of its files) or the address of a MongoDB, or set MONGO_URL.',
  });

/** Reports a wrong folder, or a MongoDB that cannot be reached. */
async function checkSource(source: string, mapping: CompiledMapping): Promise<void> {
  const { connectMongo, isMongoUrl } = await import('../../../importers/mongo/connect.ts');
  if (isMongoUrl(source)) return await (await connectMongo(source)).close();
  const { openDump } = await import('../../../importers/dump/open-dump.ts');
  const { collectionNames } = await import('../../../importers/mappings/route.ts');
  await openDump(source, collectionNames(mapping));
}
