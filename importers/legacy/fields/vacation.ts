import type { Pause } from '../../../domain/agent/index.ts';
import { isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { readDate } from './date.ts';

/** `{ from, to }` as calendar dates; ends in the wrong order are put right, with a warning. */
export const readVacation = (found: unknown): Reading<Pause> => {
  if (isMissing(found)) return nothing;
  if (!isDocument(found)) return unclear('not-a-vacation');
  const [from, to] = [readDate(found.from), readDate(found.to)];
  if (from.value === undefined) {
    return to.value === undefined && isMissing(found.from) && isMissing(found.to) ? nothing : unclear('not-a-vacation');
  }
  if (to.value === undefined) return understood({ from: from.value, to: null }, to.warning);
  return to.value < from.value
    ? understood({ from: to.value, to: from.value }, 'vacation-swapped')
    : understood({ from: from.value, to: to.value });
};
