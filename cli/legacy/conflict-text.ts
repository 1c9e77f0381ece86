import type { Conflict } from '../../importers/differences/conflicts.ts';
import { domainFields } from '../../importers/owned/labels.ts';
import { formatMinute } from '../../platform/shown-time.ts';
import { shortened } from '../../platform/words.ts';
import { renderTable } from '../table.ts';
import type { Called } from './record-called.ts';

export const shownValue = (value: unknown): string => {
  if (value === null || value === undefined) return '(empty)';
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value) && value.every((one) => typeof one !== 'object')
        ? value.join(', ')
        : JSON.stringify(value);
  return shortened(text, 60);
};

/** The document's own `_id`, without our name for its collection. */
const idOf = (document: string): string => document.slice(document.indexOf('/') + 1);

export const conflictsText = (conflicts: readonly Conflict[], called: Called, timeZone: string): string =>
  conflicts.length === 0
    ? 'There are no open conflicts.'
    : renderTable(
        ['Number', 'Record', 'Document', 'Since', 'Fields'],
        conflicts.map(({ conflictId, aggregate, recordKey, document, fields, firstSeenAt }) => [
          conflictId,
          `${aggregate} ${called(recordKey)}`,
          idOf(document),
          formatMinute(new Date(firstSeenAt), timeZone),
          Object.keys(fields)
            .map((name) => domainFields[aggregate][name] ?? name)
            .join(', '),
        ]),
      );

export const conflictText = (conflict: Conflict, called: Called): string => {
  const { conflictId, aggregate, recordKey, document, fields, resolution, resolvedBy, because } = conflict;
  const head = `Conflict ${conflictId}: ${aggregate} ${called(recordKey)}, changed in the document ${idOf(document)}`;
  const state =
    resolution === null
      ? 'Open: `openhouse conflicts accept` takes over the old CRM\u2019s values, `openhouse conflicts refuse` overwrites them with openhouse\u2019s.'
      : `${resolution}${resolvedBy === null ? '' : ` by ${resolvedBy}`}${because === null ? '' : `: ${because}`}`;
  const partly = Object.values(fields).some(({ acceptedYN }) => acceptedYN !== undefined);
  const table = renderTable(
    ['Field', 'Before', 'Old CRM', 'openhouse', ...(partly ? ['Decision'] : [])],
    Object.entries(fields).map(([name, { before, legacy, openhouse, acceptedYN }]) => [
      domainFields[aggregate][name] ?? name,
      shownValue(before),
      shownValue(legacy),
      shownValue(openhouse),
      ...(partly ? [acceptedYN === true ? 'accepted' : 'refused'] : []),
    ]),
  );
  return [head, state, '', table].join('\n');
};
