import type { HoldReason } from '../../../domain/saved-search/index.ts';

/** What is wrong with a field, by the code of its hold reason. */
const problems: Readonly<Record<string, string>> = {
  'criterion-unknown': 'a criterion that openhouse does not know',
  'criterion-unclear': 'a criterion that is not understood',
  'criterion-twice': 'a criterion that is given more than once',
  'criterion-outside-query': 'a criterion outside the query',
  'criteria-contradict': 'criteria that contradict each other',
  'criteria-missing': 'no criteria',
  'query-unreadable': 'a query that cannot be read',
  'place-unclear': 'a place that is not understood',
  'type-unknown': 'a property type that openhouse does not know',
  'not-a-polygon': 'a map area that is not understood',
  'frequency-unknown': 'a frequency that openhouse does not offer',
  'switch-by-date': 'a date on which the search is to start, pause or end',
  'not-yes-or-no': 'a switch that is neither on nor off',
};

/** A hold reason in words, without the value found; searches are counted by it. */
export const holdReasonWords = ({ code }: Pick<HoldReason, 'code'>): string =>
  problems[code] ?? `something that is not understood (${code})`;
