import { withChanges } from '../changes.ts';
import { reject } from '../decider.ts';
import type { Bathrooms } from './facts.ts';
import type { InStep, ListingChanges } from './in-step.ts';

/**
 * Corrections of a listing, with what follows for its bathrooms: their number is that of the full and the half ones, and a home with
 * full bathrooms and no information about half ones has none of those, as the importer reads it.
 * @param given the fields that are corrected; `null` for empty
 * @param before the fields on record
 */
export const bathroomsInStep = (given: ListingChanges, before: ListingChanges): InStep => {
  const { bathroomsTotalInteger: total, bathroomsFull, bathroomsHalf } = given;
  const isApart = bathroomsFull !== undefined || bathroomsHalf !== undefined;
  if (!isApart && total === undefined) return { changes: given };
  const now = withChanges(before, given);
  const [full, half] = [now.bathroomsFull ?? null, now.bathroomsHalf ?? null];
  const isEmpty = (full === null && half === null) || (!isApart && total === null);
  if (isEmpty) return { changes: { ...given, ...counted(total ?? null, (total ?? null) === null ? null : 0) } };
  if (full === null)
    return reject(
      'bathrooms-incomplete',
      'Half bathrooms are counted beside full ones: give the full bathrooms too, or empty both',
      'bathroomsFull',
    );
  if (total !== undefined && total !== full + (half ?? 0))
    return reject(
      'bathrooms-contradiction',
      `Bathrooms are full and half ones together, which makes ${full + (half ?? 0)}: give the full and the half bathrooms instead`,
      'bathroomsTotalInteger',
    );
  return { changes: { ...given, ...counted(full, half ?? 0) } };
};

const counted = (full: number | null, half: number | null): Bathrooms => ({
  bathroomsTotalInteger: full === null ? null : full + (half ?? 0),
  bathroomsFull: full,
  bathroomsHalf: half,
});
