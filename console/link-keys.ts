import type { Kysely } from 'kysely';
import type { RecordName } from '../domain/catalogue/field.ts';
import { referredTo } from '../domain/catalogue/record-fields.ts';
import { formatField } from '../history/format.ts';
import type { HistoryEntry } from '../history/read-history.ts';
import type { RecordFields } from '../history/record-types.ts';
import { agentNames } from '../queries/agents/agent-names.ts';
import { escapeHtml } from './html.ts';
import { recordPath } from './paths.ts';

/** Names in events that are not fields of the record: `memberKey` of an offer, `listingKey` of an inquiry. */
const inEvents: Readonly<Record<string, RecordName>> = {
  memberKey: 'agent',
  contactKey: 'lead',
  listingKey: 'listing',
  previousListAgentKey: 'agent',
  previousOwnerMemberKey: 'agent',
};

/**
 * Returns a function that renders a field's value as HTML, with keys of other records as links to their histories and agents by
 * name. Uses one query for all agents on the page.
 */
export const linkKeys = async (
  db: Kysely<unknown>,
  record: RecordName,
  entries: readonly HistoryEntry[],
  fields: RecordFields,
): Promise<(fieldName: string, value: unknown) => string> => {
  const kindOf = (fieldName: string) => referredTo(record, fieldName) ?? inEvents[fieldName] ?? null;
  const keys = new Set<string>();
  const note = (fieldName: string, value: unknown) => {
    if (kindOf(fieldName) !== 'agent') return;
    for (const key of Array.isArray(value) ? value : [value]) if (typeof key === 'string') keys.add(key);
  };
  for (const [name, value] of Object.entries(fields)) note(name, value);
  for (const { changes, details } of entries) {
    for (const { fieldName, previousValue, newValue } of changes) {
      note(fieldName, previousValue);
      note(fieldName, newValue);
    }
    for (const [name, value] of Object.entries(details)) note(name, value);
  }
  const names = await agentNames(db, [...keys]);

  const link = (kind: RecordName, key: string) =>
    `<a href="${recordPath(kind, key)}">${escapeHtml(names.get(key) ?? key)}</a>`;
  return (fieldName, value) => {
    const kind = kindOf(fieldName);
    const found = Array.isArray(value) ? value : [value];
    if (kind === null || found.length === 0 || !found.every((key) => typeof key === 'string')) {
      return escapeHtml(formatField(record, fieldName, value));
    }
    return found.map((key) => link(kind, key)).join(', ');
  };
};
