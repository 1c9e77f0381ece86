import type { Kysely } from 'kysely';
import { formatValue } from '../history/format.ts';
import type { HistoryEntry } from '../history/read-history.ts';
import type { RecordFields } from '../history/record-types.ts';
import { agentNames } from '../queries/agent-names.ts';
import { escapeHtml } from './html.ts';

/** Fields that name another record, and what it is. */
const kindOf = (fieldName: string): 'agent' | 'lead' | 'listing' | null => {
  if (/memberKeys?$|^listAgentKey$/i.test(fieldName)) return 'agent';
  if (/contactKey$/i.test(fieldName)) return 'lead';
  return /listingKey$/i.test(fieldName) ? 'listing' : null;
};

/**
 * A function that shows a field's value as HTML: the keys of other records as links to their histories, agents by their
 * names. One query for all the agents on the page.
 */
export const linkKeys = async (
  db: Kysely<unknown>,
  entries: readonly HistoryEntry[],
  fields: RecordFields,
): Promise<(fieldName: string, value: unknown) => string> => {
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

  const link = (kind: string, key: string) =>
    `<a href="/history/${kind}/${encodeURIComponent(key)}">${escapeHtml(names.get(key) ?? key)}</a>`;
  return (fieldName, value) => {
    const kind = kindOf(fieldName);
    const found = Array.isArray(value) ? value : [value];
    if (kind === null || found.length === 0 || !found.every((key) => typeof key === 'string')) {
      return escapeHtml(formatValue(fieldName, value));
    }
    return found.map((key) => link(kind, key)).join(', ');
  };
};
