import { Argument, type Command, Option } from 'commander';
import type { HistoryEntry } from '../../../history/read-history.ts';
import { userError } from '../../../platform/errors.ts';
import { recordTypeGiven } from '../../arguments.ts';
import type { Context } from '../../context.ts';

type Options = { at?: string; by: 'recorded' | 'occurred'; timeZone?: string; field?: string };

const types = ['listing', 'lead', 'agent', 'saved-search'] as const;

export function register(program: Command, context: Context): void {
  program
    .command('history')
    .addArgument(
      new Argument('<type>', 'the kind of record').choices(types).argParser((given) => recordTypeGiven(given, types)),
    )
    .argument('<id>', 'its key, MLS number, e-mail address or ID in the old CRM (`5f…` or `properties/5f…`)')
    .helpGroup('Records:')
    .summary('who changed what in a record, when and why')
    .description(
      "Shows a record's events in order: who or what, when, from where, why, and each changed field before and after. " +
        'With --at, shows the record as it was at that time.',
    )
    .option(
      '--at <time>',
      'show its state then: a date (the end of that day) or a date and time, e.g. 2026-03-31T14:00',
    )
    .addOption(
      new Option('--by <which>', 'with --at: events recorded by then, or events that had occurred by then')
        .choices(['recorded', 'occurred'])
        .default('recorded'),
    )
    .option(
      '--time-zone <name>',
      'for --at and for the times shown (default: that of the brokerage, OPENHOUSE_TIME_ZONE)',
    )
    .option('--field <name>', 'only the events that changed that field')
    .addHelpText(
      'after',
      `
Examples:
  openhouse history listing RX-10812345
  openhouse history listing RX-10812345 --field listPrice
  openhouse history lead maria@example.com --at 2026-03-31 --time-zone UTC
  openhouse history agent users/5f1a00000000000000000003 --json`,
    )
    .action(async (slug: string, id: string, options: Options) => {
      const { parseTime } = await import('../../../history/parse-time.ts');
      const timeZone = options.timeZone ?? context.config().timeZone;
      const at = options.at === undefined ? undefined : parseTime(options.at, timeZone);
      if (at === undefined) parseTime('2000-01-01', timeZone); // reports an unknown time zone at once
      await context.withServers(async ({ databaseUrl, eventStoreUrl }) => {
        const { openDatabase } = await import('../../../platform/database/database.ts');
        const { connectEventStore } = await import('../../../eventstore/event-store.ts');
        const { commandPatience } = await import('../../../eventstore/report-waiting.ts');
        const database = openDatabase(databaseUrl, { applicationName: 'openhouse history', max: 1 });
        const store = connectEventStore(eventStoreUrl, commandPatience(context));
        try {
          await tell({ db: database.db, store }, { slug, id, at, timeZone, options }, context);
        } finally {
          await Promise.all([store.close(), database.close()]);
        }
      });
    });
}

type Deps = Parameters<typeof import('../../../history/find-record.ts')['findRecord']>[0];

type Asked = {
  readonly slug: string;
  readonly id: string;
  readonly at: Date | undefined;
  readonly timeZone: string;
  readonly options: Options;
};

const tell = async (deps: Deps, { slug, id, at, timeZone, options }: Asked, context: Context): Promise<void> => {
  const { findRecord } = await import('../../../history/find-record.ts');
  const { aggregateOf, recordTypes } = await import('../../../history/record-types.ts');
  const { fieldFilter } = await import('../../../history/field-names.ts');
  const { keysShown } = await import('../../../history/keys-shown.ts');
  const { recordNames } = await import('../../../queries/record-names.ts');
  const { historyText, stateText, terminalStyle } = await import('../../history/text.ts');
  const aggregate = aggregateOf(slug)!;
  const type = recordTypes[aggregate];
  const isAsked = options.field === undefined ? undefined : fieldFilter(aggregate, options.field);
  const key = await findRecord(deps, aggregate, id);
  const record = { slug, key, resourceName: type.resourceName, resourceRecordKey: key };
  const style = terminalStyle(process.stdout);

  if (at !== undefined) {
    const { stateAt } = await import('../../../history/state-at.ts');
    const state = await stateAt(deps.store, aggregate, key, at, options.by);
    if (state === null) throw noHistory(slug, key);
    const title = type.titleOf(state.fields);
    const { slug: _, key: __, ...names } = record;
    const shownNames = await recordNames(deps.db, keysShown(aggregate, [], state.fields));
    context.print({ ...names, at: at.toISOString(), by: options.by, ...state }, () =>
      stateText({ ...record, title }, { at, by: options.by }, state, timeZone, { ...style, names: shownNames }),
    );
    return;
  }

  const { readHistory } = await import('../../../history/read-history.ts');
  const entries: HistoryEntry[] = [];
  let title: string | null = null;
  let seen = 0;
  for await (const { entry, fields } of readHistory(deps.store, aggregate, key)) {
    title = type.titleOf(fields);
    seen++;
    if (isAsked === undefined) entries.push(entry);
    else {
      const changes = entry.changes.filter(({ fieldName }) => isAsked(fieldName));
      if (changes.length > 0) entries.push({ ...entry, changes, details: {} });
    }
  }
  if (seen === 0) throw noHistory(slug, key);
  if (entries.length === 0) context.say(`No event changed ${options.field}.`);
  const names = await recordNames(deps.db, keysShown(aggregate, entries, {}));
  context.print({ resourceName: type.resourceName, resourceRecordKey: key, title, entries }, () =>
    historyText({ slug, key, title }, entries, timeZone, { ...style, names }),
  );
};

/** A read model may still show a record whose events have been deleted. */
const noHistory = (slug: string, key: string) =>
  userError(`${slug} ${key} has no events`, { code: 'record-unknown', hint: 'Its stream has been deleted.' });
