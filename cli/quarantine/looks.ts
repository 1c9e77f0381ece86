import type { Command } from 'commander';
import { quarantineLabel } from '../../importers/legacy/quarantine-codes.ts';
import { collectionLabel } from '../../importers/reporting/collection-labels.ts';
import { userError } from '../../platform/errors.ts';
import { formatMinute } from '../../platform/wording/shown-time.ts';
import type { QuarantineFilter } from '../../queries/importing/quarantine.ts';
import { wholeNumber } from '../arguments.ts';
import type { Context } from '../context.ts';
import { number } from '../output/words.ts';

type ListOptions = QuarantineFilter & { readonly reasons?: true; readonly limit: number; readonly before?: number };

const shortened = (value: string) => (value.length <= 30 ? value : `${value.slice(0, 29)}…`);

/** `openhouse quarantine list` and `show`. */
export function registerLooks(command: Command, context: Context): void {
  command
    .command('list', { isDefault: true })
    .summary('entries, newest first; values that may be personal are shown by their shape only')
    .option('--collection <name>', 'only of this record type (listings, leads, …) or collection')
    .option('--code <code>', 'only with this reason')
    .option('--search <text>', 'only those whose document, ID or reason contains this text')
    .option('--dismissed', 'those that were dismissed, instead of the open ones')
    .option('--reasons', 'only count them, by reason')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 20)
    .option('--before <entry>', 'only those before this number: the next page', wholeNumber(1))
    .addHelpText(
      'after',
      '\nExamples:\n  openhouse quarantine list --collection leads\n  openhouse quarantine list --reasons',
    )
    .action(async ({ reasons, limit, before, collection: named, ...others }: ListOptions) => {
      const { collectionNamed } = await import('./collection-named.ts');
      const { withDatabase } = await import('../workspace.ts');
      const { countQuarantine, readQuarantine } = await import('../../queries/importing/quarantine.ts');
      const { masked, maskedDocument } = await import('../../importers/masking/masked-document.ts');
      const { adviceFor } = await import('../../importers/quarantine/advice.ts');
      const { editCommand } = await import('./text.ts');
      const { renderTable } = await import('../output/table.ts');
      const { fieldAtFault, valueAtFault } = await import('../../importers/quarantine/value-at-fault.ts');
      const { mappingOnFile } = await import('../../importers/mappings/kept-mappings.ts');
      const { counts, found, mapping } = await withDatabase(context, async (db) => {
        const collection = await collectionNamed(named, () => mappingOnFile(db));
        const filter = { ...others, collection };
        const page = { ...filter, ...(before === undefined ? {} : { before: String(before) }) };
        const some = reasons ? [] : await readQuarantine(db, page, limit + 1);
        return {
          counts: await countQuarantine(db, filter),
          found: some,
          mapping: some.length === 0 ? undefined : await mappingOnFile(db),
        };
      });
      const rows = found.slice(0, limit).map((one) => {
        const { raw, whole, legacyId, ...row } = one;
        const value = valueAtFault(one);
        return {
          ...row,
          legacyId: legacyId?.includes('@') ? masked('', '', legacyId) : legacyId,
          value: value === null ? null : masked(row.collection, fieldAtFault(row, mapping!), value),
          whatToDo: adviceFor(row, (path) => editCommand(row.quarantineId, path)),
          document: whole ? maskedDocument(row.collection, raw) : null,
        };
      });
      const next = found.length > limit ? rows.at(-1)!.quarantineId : null;
      context.print({ counts, entries: rows, next }, () => {
        if (counts.length === 0 && (named ?? others.code ?? others.search) !== undefined)
          return `There are no such documents${others.dismissed ? ' among those that were dismissed' : ' in quarantine'}.`;
        if (counts.length === 0) return others.dismissed ? 'Nothing is dismissed.' : 'Nothing is in quarantine.';
        if (reasons)
          return renderTable(
            ['Collection', 'Reason', 'Code', 'Entries'],
            counts.map(({ collection, code, count }) => [
              collectionLabel(collection),
              quarantineLabel(collection, code),
              code,
              number(count),
            ]),
          );
        const table = renderTable(
          ['Entry', 'Collection', 'Document', 'Reason', 'Path', 'Value', 'Last seen'],
          rows.map((row) => [
            row.quarantineId,
            collectionLabel(row.collection),
            (row.legacyId ?? '(without an ID)').slice(0, 40),
            quarantineLabel(row.collection, row.code),
            row.path,
            row.value === null ? '' : shortened(row.value),
            formatMinute(new Date(row.lastSeenAt), context.config().timeZone),
          ]),
        );
        const total = counts.reduce((sum, { count }) => sum + count, 0);
        return `${table}\n${number(total)} in all.${next === null ? '' : ` More: --before ${next}`}`;
      });
    });

  command
    .command('show')
    .argument('<entry>', 'its number, as `openhouse quarantine list` shows it')
    .option('--mapping <name>', 'read it with this mapping (default: OPENHOUSE_MAPPING, or that of the last import)')
    .summary(
      'everything about an entry: the document, the reason, corrections, and what an import would make of it now',
    )
    .addHelpText('after', '\nExample:\n  openhouse quarantine show 12')
    .action(async (id: string, options: { mapping?: string }) => {
      const { withDatabase } = await import('../workspace.ts');
      const { readQuarantineEdits, readQuarantineEntry, shownDocument } = await import(
        '../../queries/importing/quarantine.ts'
      );
      const { loadEntry } = await import('../../importers/quarantine/entries.ts');
      const { readNow } = await import('../../importers/quarantine/read-now.ts');
      const { activeEdits } = await import('../../importers/staging/edits/edits.ts');
      const { mappingFor } = await import('./mapping-for.ts');
      const { entryText } = await import('./text.ts');
      const shown = await withDatabase(context, async (db) => {
        const entry = await loadEntry(db, id);
        const row = await readQuarantineEntry(db, id);
        if (row === null) throw userError(`there is no entry ${id} in quarantine`, { code: 'entry-unknown' });
        const mapping = await mappingFor(context, db, options.mapping);
        const raw = entry.original?.raw() ?? entry.raw;
        return {
          row: { ...row, ...(context.json() ? { raw, whole: true } : shownDocument(raw)) },
          edits: await readQuarantineEdits(db, id),
          now: readNow(entry, mapping, await activeEdits(db, entry.collection)),
        };
      });
      context.print({ ...shown.row, edits: shown.edits, now: shown.now }, () =>
        entryText(shown, context.config().timeZone),
      );
    });
}
