import type { Warning } from '../../domain/values.ts';
import { readTimestamp } from './fields/times/date.ts';
import { everySlot, type Looked } from './looked.ts';
import { type DocumentTimes, type Mapped, type SetAside, shown } from './mapping.ts';

/** The warning about a date, if it could not be read, or was read by a rule that could be wrong. */
export const dateWarning = (field: string, found: unknown): readonly Warning[] => {
  const { warning } = readTimestamp(found);
  return warning === undefined ? [] : [{ field, code: warning, found: shown(found) }];
};

/** How far ahead of our clock a date may be, in ms: clocks of old servers are off by minutes, and by hours where their time zone is wrong. */
export const mostAhead = 24 * 60 * 60 * 1000;

/** Whether an ISO 8601 date is so far in the future that it cannot be true. */
export const isAhead = (date: string, now: Date): boolean => Date.parse(date) > now.getTime() + mostAhead;

/** The warning about a date that is in the future. */
export const aheadWarning = (field: string, found: string | undefined, now: Date): readonly Warning[] =>
  found !== undefined && isAhead(found, now) ? [{ field, code: 'date-in-future', found }] : [];

/** The times of a document without those that cannot be true, because they are in the future, and a warning about each of these. */
export const withoutAhead = (
  times: DocumentTimes,
  now: Date,
): { readonly times: DocumentTimes; readonly ahead: readonly Warning[] } => {
  const ahead = everySlot.flatMap((field) => aheadWarning(field, times[field], now));
  if (ahead.length === 0) return { times, ahead };
  const known = everySlot.filter((slot) => !ahead.some(({ field }) => field === slot));
  return { times: Object.fromEntries(known.map((slot) => [slot, times[slot]])), ahead };
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
