import { sameMeaning } from '../../../domain/changes.ts';
import type { View } from '../record-view.ts';

/** Fields that follow from others: the MLS's own word for a status follows from the status. */
const follows = new Set(['mlsStatus', 'warnings', 'modificationTimestamp']);

/** Whether other fields than these say something else. */
export const changesOthers = (before: View, after: View, allowed: readonly string[]): boolean =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].some(
    (name) => !allowed.includes(name) && !follows.has(name) && !sameIn(before, after, name),
  );

export const sameIn = (one: View, other: View, name: string): boolean =>
  sameMeaning(one[name] ?? null, other[name] ?? null);
