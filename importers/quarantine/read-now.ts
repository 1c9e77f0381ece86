import type { Warning } from '../../domain/values.ts';
import { collectionPlans } from '../collections.ts';
import { mapAlertSent } from '../legacy/alerts-sent.ts';
import { warningsOf } from '../legacy/date-warnings.ts';
import type { QuarantineReason } from '../legacy/mapping.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { recordTypeNames, recordTypes } from '../mappings/record-types.ts';
import { isUnreadable } from '../source.ts';
import type { Edits } from '../staging/edits/edits.ts';
import { asEdited } from '../staging/edits/edits.ts';
import { whyUnreadable } from '../why-unreadable.ts';
import { documentOf, type Entry } from './entries.ts';

/** How the present mapping and readers understand a document; references to other documents are not looked up. */
export type ReadNow =
  | { readonly understood: false; readonly reason: QuarantineReason }
  | {
      readonly understood: true;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly warnings: readonly Warning[];
    };

/**
 * Reads the document of an entry as an import would now, with the corrections that are in force; `null` if there is no original of it.
 */
export const readNow = (entry: Entry, mapping: CompiledMapping, edits: Edits): ReadNow | null => {
  const document = documentOf(entry);
  if (document === undefined) return null;
  const refuse = (code: string, reason: string): ReadNow => ({ understood: false, reason: { code, path: '', reason } });
  const type = recordTypeNames.find((name) => recordTypes[name].collection === entry.collection);
  const mapped = type === undefined ? undefined : mapping.types[type];
  if (mapped === undefined)
    return refuse('not-mapped', `The mapping ${mapping.name} does not say where such documents have their fields.`);
  const found = asEdited(document, edits);
  if (isUnreadable(found))
    return refuse(found.unreadable.code, `The document cannot be read: ${found.unreadable.reason}`);
  try {
    const look = mapped.look(found.document, found.place);
    const result =
      entry.collection === 'alerts_sent' ? mapAlertSent(look) : collectionPlans[entry.collection].map(look);
    if ('quarantine' in result) return { understood: false, reason: result.quarantine };
    if (!('payload' in result)) return { understood: true, fields: {}, warnings: [] };
    const { warnings: _, ...fields } = (result.payload as { fields?: Record<string, unknown> }).fields ?? {};
    return { understood: true, fields, warnings: warningsOf(result) };
  } catch (error) {
    return refuse('unreadable', `The document cannot be read: ${whyUnreadable(error)}`);
  }
};
