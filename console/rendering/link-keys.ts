import type { Kysely } from 'kysely';
import type { RecordName } from '../../domain/catalogue/field.ts';
import { referredTo } from '../../domain/record-fields.ts';
import { formatField } from '../../history/format.ts';
import { keysInEvents, keysShown } from '../../history/keys-shown.ts';
import type { HistoryEntry } from '../../history/read-history.ts';
import type { RecordFields } from '../../history/record-types.ts';
import { recordNames } from '../../queries/record-names.ts';
import { escapeHtml } from './html.ts';
import { recordPath } from './paths.ts';

/**
 * Returns a function that renders a field's value as HTML, with other records by their names and as links to their
 * histories. Uses one query for everything on the page.
 */
export const linkKeys = async (
  db: Kysely<unknown>,
  record: RecordName,
  entries: readonly HistoryEntry[],
  fields: RecordFields,
  timeZone: string,
): Promise<(fieldName: string, value: unknown) => string> => {
  const names = await recordNames(db, keysShown(record, entries, fields));
  const link = (kind: RecordName, key: string) =>
    `<a href="${recordPath(kind, key)}">${escapeHtml(names.get(key) ?? key)}</a>`;
  return (fieldName, value) => {
    const kind = referredTo(record, fieldName) ?? keysInEvents[fieldName] ?? null;
    const found = Array.isArray(value) ? value : [value];
    if (kind === null || found.length === 0 || !found.every((key) => typeof key === 'string')) {
      return escapeHtml(formatField(record, fieldName, value, { timeZone, names }));
    }
    return found.map((key) => link(kind, key)).join(', ');
  };
};
