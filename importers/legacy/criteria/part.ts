import type { Criteria } from '../../../domain/saved-search/index.ts';

/**
 * What one entry of a query means: its criteria (none if it is no limit) and the rule that corrected it, if any; or a
 * code if it was not understood completely. There is nothing in between: an entry understood in part would send a buyer
 * more than they asked for.
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

/** "Any", "All", …: how forms say that there is no limit. */
export const saysAny = (found: unknown): boolean =>
  typeof found === 'string' && found.length <= 40 && anyWords.has(squeezed(found)) && !/[0-9]/.test(found);
