import type { ChangeType, StandardStatus } from '../../domain/reso.ts';

/** What buyers are told of: a home they can (again) buy, or one that costs something else now. */
export const toldChangeTypes: readonly ChangeType[] = [
  'New Listing',
  'Coming Soon',
  'Active',
  'Back On Market',
  'Price Change',
];

/** The states in which a home is shown to buyers. */
export const shownStatuses: readonly StandardStatus[] = ['Active', 'Coming Soon'];
