import type { LeadFields } from '../../../../domain/lead/index.ts';
import { isDocument, isMissing, nothing, type Reading, reader, understood } from '../../reading.ts';
import { type Reference, readReference } from '../ids/reference.ts';
import { readTimestamp } from '../times/date.ts';
import { readText } from './text.ts';

/** A note, and its author as the old CRM refers to them. */
export type LegacyNote = { readonly note: LeadFields['notes'][number]; readonly by?: Reference };

/** `[{ text, by, at }]`, a list of texts, or a single text. */
export const readNotes = reader(Number.POSITIVE_INFINITY, (found): Reading<LegacyNote[]> => {
  let unread = false;
  let undated = false;
  const notes = (Array.isArray(found) ? found : [found]).flatMap((entry): LegacyNote[] => {
    const { value: text } = readText(isDocument(entry) ? (entry.text ?? entry.body ?? entry.note) : entry);
    if (text === undefined) {
      unread ||= !isMissing(entry);
      return [];
    }
    const { value: at, warning } = isDocument(entry)
      ? readTimestamp(entry.at ?? entry.date ?? entry.createdAt)
      : nothing;
    undated ||= at === undefined && warning !== undefined;
    const by = isDocument(entry) ? readReference(entry.by ?? entry.userId).value : undefined;
    return [{ note: { text, ...(at === undefined ? {} : { at }) }, ...(by === undefined ? {} : { by }) }];
  });
  if (notes.length === 0) return unread ? { warning: 'not-notes' } : nothing;
  return understood(notes, unread ? 'not-notes' : undated ? 'note-without-date' : undefined);
});
