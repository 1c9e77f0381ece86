import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { CorrectionResult } from '../../../commands/corrections/correct.ts';
import type { RowReport } from '../../../commands/corrections/correct-file.ts';
import { type CorrectableName, correctableFor } from '../../../commands/corrections/correction-values.ts';
import type { CommandContext } from '../../../commands/execute.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import type { openDatabase } from '../../../platform/database/database.ts';
import { exitCodes, userError } from '../../../platform/errors.ts';
import type { Context } from '../../context.ts';
import { personAt } from '../../person.ts';

type Options = { because?: string; file?: string; dryRun?: boolean; as?: string };
type Deps = { db: ReturnType<typeof openDatabase<unknown>>['db']; store: EventStore };

export function register(program: Command, context: Context): void {
  program
    .command('correct')
    .argument('[type]', 'listing, lead, agent or saved-search')
    .argument('[id]', 'its key, MLS number, e-mail address or ID in the old CRM')
    .argument('[corrections...]', 'the correct values, as <field>=<value>; leave the value empty to clear a field')
    .helpGroup('Records:')
    .summary("correct a record's fields, with who and why")
    .description(
      'Appends an event with the correct values, who corrected them and why. History is never edited. Nothing happened ' +
        'on the market, so no buyer is notified. A saved search on hold goes live again once what could not be understood ' +
        'is corrected.\n\n' +
        "A listing's address and its parts stay in step: if you give the address, the street number, street name, unit, city, state " +
        'and ZIP code follow; if you give a part, the address follows. Coordinates far from a new ZIP code become empty unless you give ' +
        'new ones. The number of bathrooms follows from the full and the half ones, the property type from its subtype. All of this is one event; ' +
        '--dry-run shows it. If openhouse cannot tell what follows, it records nothing and says what else to give.\n\n' +
        'If another record has the e-mail address, phone number or MLS number that you give, the output names it and says what will ' +
        'happen: if documents of the old CRM show that both records are one, they are merged.\n\n' +
        'With --file, makes the corrections in a CSV file with the columns type,id,field,value,because. A bad row is ' +
        'reported and does not stop the rest. Running the same file again changes nothing. Exits with 3 when rows were refused.',
    )
    .option('--because <reason>', 'why; recorded in the history')
    .option('--file <csv>', 'make the corrections in that file')
    .option('--dry-run', 'only show what would change')
    .option('--as <person>', 'who does this: a member key or a login (default: your login)')
    .addHelpText(
      'after',
      `
Values: numbers (525000 or $525,000), yes or no, lists separated by commas or as JSON, dates as 2026-03-31; an agent by
name, e-mail address or key.

Examples:
  openhouse correct listing RX-10812345 listPrice=525000 --because "Typed one digit too many"
  openhouse correct listing RX-10812345 unparsedAddress="125 Oak Ave #4, Boca Raton, FL 33432" --because "Wrong street"
  openhouse correct lead maria@example.com cities="Boca Raton,Delray Beach" mobilePhone= --because "She called"
  openhouse correct saved-search 5f1e… criteria='{"cities":["Boca Raton"],"listPriceMax":900000}' --because "Asked her"
  openhouse correct --file fixes.csv --dry-run`,
    )
    .action(async (type: string | undefined, id: string | undefined, corrections: string[], options: Options) => {
      const who = personAt(options.as);
      const run = options.file === undefined ? one(type, id, corrections, options) : many(options.file, type, options);
      await context.withServers(async ({ databaseUrl, eventStoreUrl }) => {
        const { openDatabase } = await import('../../../platform/database/database.ts');
        const { connectEventStore } = await import('../../../eventstore/event-store.ts');
        const { commandPatience } = await import('../../../eventstore/report-waiting.ts');
        const database = openDatabase<unknown>(databaseUrl, { applicationName: 'openhouse correct', max: 2 });
        const store = connectEventStore(eventStoreUrl, commandPatience(context));
        const conversation = `correction-${randomUUID()}`;
        const asked: CommandContext = {
          actor: { kind: 'person', id: who },
          source: options.file === undefined ? 'cli' : 'cli:corrections-file',
          occurredAt: new Date().toISOString(),
          correlationId: conversation,
          causationId: conversation,
        };
        try {
          await run({ db: database.db, store }, asked, context);
        } finally {
          await Promise.all([store.close(), database.close()]);
        }
      });
    });
}

type Run = (deps: Deps, asked: CommandContext, context: Context) => Promise<void>;

const usage = (message: string, hint = 'See `openhouse correct --help`.') =>
  userError(message, { code: 'usage', hint, exitCode: exitCodes.usage });

const one = (
  type: string | undefined,
  id: string | undefined,
  corrections: readonly string[],
  { because, dryRun }: Options,
): Run => {
  if (type === undefined || id === undefined || corrections.length === 0)
    throw usage('give the corrections: openhouse correct <type> <id> <field>=<value>… --because "…", or --file <csv>');
  const name = correctableFor(type);
  if (name === null) throw usage(`the type must be listing, lead, agent or saved-search, not "${type}"`);
  if (!because?.trim()) throw usage('give the reason with --because "…"; it is recorded in the history');
  return async (deps, asked, context) => {
    const { readAssignments } = await import('../../correct/assignments.ts');
    const { findRecord } = await import('../../../history/find-record.ts');
    const { correct, rehearse } = await import('../../../commands/corrections/correct.ts');
    const { readPlaces } = await import('../../../importers/legacy/read-places.ts');
    const { resultText } = await import('../../correct/text.ts');
    const read = readAssignments(name, corrections);
    const key = await findRecord(deps, name, id);
    const values = await withReferences(deps, name, read);
    const result = dryRun
      ? await rehearse(deps.store, name, key, values, new Map(), readPlaces)
      : await correct(deps.store, name, key, values, { ...asked, reason: because.trim() }, readPlaces);
    if (result.outcome === 'refused') {
      const { code, message, field } = result.rejection;
      throw userError(`${type} ${id} was not corrected: ${message}${field === undefined ? '' : ` (${field})`}`, {
        code,
        hint: 'Nothing was recorded.',
      });
    }
    const sharing = await sharedBy(deps, name, [{ key, result }]);
    context.print({ type, key, ...result, sharedWith: sharing.shared }, () =>
      [resultText({ type, id, key }, result), ...sharing.lines].join('\n'),
    );
  };
};

/** The other records that have an address or number which corrections gave, and what a person should know about that. */
const sharedBy = async (
  { db, store }: Deps,
  name: CorrectableName,
  done: readonly { readonly key: string; readonly result: CorrectionResult }[],
) => {
  const { sharedWith } = await import('../../../importers/owned/sharing/shared.ts');
  const { sharedLines } = await import('../../legacy/shared-text.ts');
  if (name === 'savedSearch') return { shared: [], lines: [] };
  const corrections = done.flatMap(({ key, result }) =>
    'changes' in result ? [{ aggregate: name, recordKey: key, changes: result.changes }] : [],
  );
  const shared = await sharedWith(db, store, corrections);
  return { shared, lines: await sharedLines(db, shared) };
};

/** Replaces values that name another record (say, an agent by name or e-mail address) by that record's key. */
const withReferences = async (deps: Deps, type: CorrectableName, values: Readonly<Record<string, unknown>>) => {
  const { findRecord } = await import('../../../history/find-record.ts');
  const { referredTo } = await import('../../../domain/record-fields.ts');
  const resolved: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(values)) {
    const target = referredTo(type, field);
    resolved[field] = target === undefined || value === null ? value : await findRecord(deps, target, String(value));
  }
  return resolved;
};

const many = (path: string, type: string | undefined, { because, dryRun = false }: Options): Run => {
  if (type !== undefined) throw usage('give either a record or --file, not both');
  if (because !== undefined) throw usage('with --file, the reasons are in the column "because"');
  return async (deps, asked, context) => {
    const { correctFile } = await import('../../../commands/corrections/correct-file.ts');
    const { readPlaces } = await import('../../../importers/legacy/read-places.ts');
    const { findKeys } = await import('../../../history/find-record.ts');
    const { rowText, fileText, summaryOf } = await import('../../correct/text.ts');
    const rows: RowReport[] = [];
    const notes: string[] = [];
    for await (const report of correctFile(deps.store, {
      path,
      context: asked,
      dryRun,
      places: readPlaces,
      findKeys: (name, ids) => findKeys(deps.db, name, ids),
      signal: context.signal,
      onNote: (note) => {
        notes.push(note);
        context.say(note);
      },
    })) {
      rows.push(report);
      // Someone at a terminal sees each row as it is done; otherwise all rows are printed at the end.
      if (process.stderr.isTTY && !context.json()) context.say(rowText(report));
    }
    const summary = summaryOf(rows, dryRun);
    if (summary.refused > 0) context.exitWith(exitCodes.needsAttention);
    const sharing = await Promise.all(
      (['listing', 'lead', 'agent'] as const).map((name) =>
        sharedBy(
          deps,
          name,
          rows.flatMap((row) =>
            row.key !== null && correctableFor(row.type) === name ? [{ key: row.key, result: row }] : [],
          ),
        ),
      ),
    );
    const sharedWith = sharing.flatMap(({ shared }) => shared);
    const lines = sharing.flatMap(({ lines }) => lines);
    context.print({ ...summary, rows, notes, sharedWith }, () =>
      [fileText(summary, process.stderr.isTTY ? [] : rows), ...lines].join('\n'),
    );
    context.signal.throwIfAborted();
  };
};
