import type { Warning } from '../../domain/values.ts';
import { readTimestamp } from './fields/times/date.ts';
import { everySlot, type Looked } from './looked.ts';
import { type Mapped, type SetAside, shown } from './mapping.ts';

/** The warning about a date, if it could not be read, or was read by a rule that could be wrong. */
export const dateWarning = (field: string, found: unknown): readonly Warning[] => {
  const { warning } = readTimestamp(found);
  return warning === undefined ? [] : [{ field, code: warning, found: shown(found) }];
};

/**
 * A mapping of documents that also warns about when they were created and changed: their records have no field for it, but their events
 * are dated by it. These warnings are in the ledger only, because a date that is written in an uncertain way may change whenever a
 * document is saved, and that alone is not a change of its record.
 */
export const withDateWarnings =
  <Look extends Looked>(map: (look: Look) => Mapped<object> | SetAside) =>
  (look: Look): Mapped<object> | SetAside => {
    const mapped = map(look);
    if ('quarantine' in mapped) return mapped;
    const warnings = everySlot.flatMap((slot) => dateWarning(slot, look.first(slot)));
    return warnings.length === 0 ? mapped : { ...mapped, warnings: [...(mapped.warnings ?? []), ...warnings] };
  };

/** What could not be understood in a document, or only in part. */
export const warningsOf = ({ payload, warnings }: Pick<Mapped<object>, 'payload' | 'warnings'>): readonly Warning[] => [
  ...((payload as { fields?: { warnings?: readonly Warning[] } }).fields?.warnings ?? []),
  ...(warnings ?? []),
];
