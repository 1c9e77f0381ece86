import type { Criteria } from '../../../domain/saved-search/index.ts';

/**
 * What one entry of a query says: the criteria it stands for (none: no limit), with the rule by which it was corrected, if it was;
 * or that it was not understood completely, with a code. There is nothing between the two: an entry that is understood in part
 * would send a buyer more than they asked for.
 */
export type Part =
  | { readonly criteria: Criteria; readonly correction?: string }
  | { readonly notUnderstood: string; readonly found?: unknown };

export type CriterionReader = (found: unknown) => Part;

export const noLimit: Part = { criteria: {} };
export const notUnderstood = (code = 'criterion-unclear'): Part => ({ notUnderstood: code });

const anyWords = new Set(
  [
    ...[
      'any',
      'all',
      'anything',
      'everything',
      'anywhere',
      'everywhere',
      'any city',
      'all cities',
      'any area',
      'all areas',
    ],
    ...[
      'any type',
      'all types',
      'any price',
      'no preference',
      'no limit',
      'unlimited',
      "doesn't matter",
      "don't care",
      '*',
    ],
    ...[
      'any zip',
      'all zips',
      'any status',
      'no pref',
      'show all',
      'select all',
      'any of the above',
      'all of the above',
    ],
  ].map(squeezed),
);

function squeezed(text: string): string {
  return text.toLowerCase().replace(/[^a-z*]/g, '');
}

/** "Any", "All", …: the form's way of saying that there is no limit. */
export const saysAny = (found: unknown): boolean =>
  typeof found === 'string' && found.length <= 40 && anyWords.has(squeezed(found)) && !/[0-9]/.test(found);
