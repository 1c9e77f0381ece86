import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import { collectionLabel } from '../../console/collection-labels.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { CollectionCounts, ImportSummary } from '../../importers/import-dump.ts';
import { warningMeaning } from '../../importers/legacy/warning-codes.ts';
import { exitCodes, isUserError } from '../../platform/errors.ts';
import { holdReasonWords } from '../../schedulers/alerts/hold-words.ts';
import type { Context } from '../context.ts';
import { number } from '../words.ts';

export function register(program: Command, context: Context): void {
  program
    .command('import')
    .argument('<folder>', 'what `mongodump --out` wrote (gzipped or not), or mongoexport files, one document a line')
    .helpGroup('Data:')
    .summary("import a legacy CRM's dump")
    .description(
      "Turns a legacy CRM's dump into events: listings, leads, agents, saved searches, and what was sent to whom. Fields that " +
        'cannot be understood are left empty with a warning on the record; documents that cannot become a record are kept in ' +
        'quarantine with the reason. The same dump again appends nothing, a later one just the changes, an older one takes ' +
        'nothing back. It can be stopped (or killed) at any time: the next import goes on from there. At its end the read ' +
        'models show what was imported.',
    )
    .addHelpText(
      'after',
      `
Exit codes: 0 all was read (quarantined documents are told, and no failure), 1 a file could not be read to its end, 3 a read model\ncould not be brought up to date.

Examples:
  openhouse import /backups/legacy-dump
  openhouse import samples/legacy --json`,
    )
    .action(async (folder: string) => {
      const { openDump } = await import('../../importers/dump/open-dump.ts');
      await openDump(folder); // a wrong folder is told before any server starts
      await context.withServers(async ({ databaseUrl, eventStoreUrl }) => {
        const { importDump } = await import('../../importers/import-dump.ts');
        const { connectEventStore } = await import('../../eventstore/event-store.ts');
        const { commandPatience } = await import('../../eventstore/report-waiting.ts');
        const { openDatabase } = await import('../../platform/database.ts');
        const { systemClock } = await import('../../platform/clock.ts');
        const { startProgress } = await import('../../platform/progress.ts');
        const { db, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'openhouse import' });
        const store = connectEventStore(eventStoreUrl, commandPatience(context));
        try {
          const deps = { db, store, clock: systemClock, say: context.say, progress: startProgress };
          const { besideTheSample } = await import('../start/data-besides.ts');
          const { samples } = await import('../start/steps.ts');
          const warning = await besideTheSample({ db }, folder, samples);
          if (warning !== null) context.say(`Note: ${warning}`);
          const summary = await importDump(deps, folder, { signal: context.signal });
          for (const { file, offset, message } of summary.problems) context.say(`${file}, byte ${offset}: ${message}`);
          // Else nothing of it could be found until somebody runs `openhouse start`.
          const behind = await showIt(context, { db, store });
          context.print({ ...summary, readModelsBehind: behind }, () => importText(summary));
          if (summary.problems.length > 0) context.exitWith(exitCodes.failed);
          else if (behind.length > 0) context.exitWith(exitCodes.needsAttention);
        } finally {
          await Promise.all([close(), store.close()]);
        }
      });
    });
}

/** Brings the read models up to what was imported. @returns those that are not, which is reported */
async function showIt(context: Context, stores: { db: Kysely<unknown>; store: EventStore }): Promise<string[]> {
  const { catchUp } = await import('../../projections/index.ts');
  const { createLogger } = await import('../../platform/log.ts');
  const { upgradeReadModels } = await import('../upgrade-read-models.ts');
  context.say('bringing the read models up to date…');
  const log = createLogger({ level: context.config().logLevel });
  const deps = { ...stores, log, signal: context.signal };
  try {
    for (const done of await upgradeReadModels(deps, (text) => context.say(`${text}…`))) context.say(done);
  } catch (error) {
    // What was imported is imported, and the summary of it must not be lost.
    if (!isUserError(error)) throw error;
    context.say(`${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
    return ['all'];
  }
  const { projections } = await catchUp(deps, { signal: context.signal });
  const behind = projections.filter(({ error }) => error !== null);
  for (const { name, error } of behind) {
    context.say(`the read model ${name} does not show all of it yet (${error}): \`openhouse start\` goes on with it`);
  }
  return behind.map(({ name }) => name);
}

const columns = ['read', 'applied', 'unchanged', 'merged', 'quarantined', 'skipped'] as const;

function importText(summary: ImportSummary): string {
  const { collections, events, documents, seconds, rssMaxMb, quarantine, notes } = summary;
  const rate = number(Math.round(documents / Math.max(seconds, 0.001)));
  return [
    ...table(Object.entries(collections)),
    '',
    `${number(events)} events appended. ${number(documents)} documents in ${seconds.toFixed(1)} s (${rate}/s), at most ${rssMaxMb} MB of memory.`,
    ...section('In quarantine, by reason', quarantine),
    ...section('Fields not, or only partly, understood', summary.warnings),
    ...meanings(summary.warnings),
    ...held(summary),
    ...section('Fields that are not imported (nothing reads them)', summary.unread),
    ...earlier(summary),
    ...lost(Object.entries(collections)),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

function table(rows: [string, CollectionCounts][]): string[] {
  const head = ['', ...columns.map((name) => name.padStart(12))].join('');
  return [
    `${'From the old CRM'.padEnd(20)}${head}`,
    ...rows.map(
      ([name, counts]) =>
        collectionLabel(name).padEnd(20) + columns.map((key) => number(counts[key]).padStart(12)).join(''),
    ),
  ];
}

/** What is not sent, and why. */
function held({ onHold, consent }: ImportSummary): string[] {
  const reasons = Object.entries(onHold.byReason).map(
    ([code, count]) => `${number(count)} with ${holdReasonWords({ code })}`,
  );
  return [
    ...(onHold.searches === 0
      ? []
      : [
          `Saved searches on hold, which send nothing until somebody puts them right: ${number(onHold.searches)} (${reasons.join(', ')})`,
        ]),
    ...(consent.optedOutAddresses + consent.optedOutDocuments === 0
      ? []
      : [
          `Opted out of e-mail: ${number(consent.optedOutAddresses)} addresses, by ${number(consent.optedOutDocuments)} documents` +
            (consent.unclear === 0
              ? ''
              : `; ${number(consent.unclear)} of these say it in a way that is not understood`),
        ]),
  ];
}

function section(title: string, counts: ImportSummary['warnings']): string[] {
  const lines = Object.entries(counts).flatMap(([collection, byCode]) => {
    const codes = Object.entries(byCode);
    const shown = codes.slice(0, 8).map(([code, count]) => `${number(count)} ${code}`);
    const more = codes.length > 8 ? [`… and ${codes.length - 8} more (--json)`] : [];
    return codes.length === 0 ? [] : [`  ${collectionLabel(collection)}: ${[...shown, ...more].join(', ')}`];
  });
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

/** What the codes mean, each once; those that are read by a rule say which. */
function meanings(counts: ImportSummary['warnings']): string[] {
  const codes = new Set(
    Object.values(counts).flatMap((byCode) => Object.keys(byCode).map((key) => key.split(' ').at(-1)!)),
  );
  return [...codes].sort().flatMap((code) => {
    const meaning = warningMeaning(code);
    return meaning === undefined ? [] : [`    ${code}: ${meaning}`];
  });
}

function lost(rows: [string, CollectionCounts][]): string[] {
  const counts = rows.filter(([, { unresolvedReferences }]) => unresolvedReferences > 0);
  if (counts.length === 0) return [];
  const list = counts.map(
    ([name, { unresolvedReferences }]) => `${number(unresolvedReferences)} in ${collectionLabel(name)}`,
  );
  return [`References that point nowhere: ${list.join(', ')}`];
}

/** What earlier runs left, where it is more than what this one says. */
function earlier({ quarantine, warnings, onFile }: ImportSummary): string[] {
  const total = (counts: ImportSummary['warnings']) =>
    Object.values(counts).reduce((sum, byCode) => sum + Object.values(byCode).reduce((a, b) => a + b, 0), 0);
  const more = [
    [total(onFile.quarantine) - total(quarantine), 'documents in quarantine'],
    [total(onFile.warnings) - total(warnings), 'fields with a warning'],
  ] as const;
  const parts = more.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return parts.length === 0 ? [] : [`From earlier imports: ${parts.join(', ')} (--json)`];
}
