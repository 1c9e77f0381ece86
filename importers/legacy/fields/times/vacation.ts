import type { Pause } from '../../../../domain/agent/index.ts';
import { isDocument, isMissing, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readDate } from './date.ts';

/** `{ from, to }` or `{ start, end }` as calendar dates, `"2026-03-01 to 2026-03-09"`; ends in the wrong order are swapped (`vacation-swapped`). */
export const readVacation = reader(200, (found): Reading<Pause> => {
  const ends = typeof found === 'string' ? found.split(/\s+(?:to|through|until|-|–|—)\s+/i) : endsOf(found);
  if (ends === undefined || ends.length !== 2) return unclear('not-a-vacation');
  const [from, to] = ends.map((end) => readDate(end)) as [Reading<string>, Reading<string>];
  if (from.value === undefined) {
    return to.value === undefined && ends.every(isMissing) ? nothing : unclear('not-a-vacation');
  }
  // An end that cannot be read is not the same as an open end.
  if (to.value === undefined) {
    return to.warning === undefined
      ? understood({ from: from.value, to: null }, from.warning)
      : unclear('not-a-vacation');
  }
  return to.value < from.value
    ? understood({ from: to.value, to: from.value }, 'vacation-swapped')
    : understood({ from: from.value, to: to.value }, from.warning ?? to.warning);
});

const endsOf = (found: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(found)) return found;
  return isDocument(found) ? [found.from ?? found.start, found.to ?? found.end] : undefined;
};
