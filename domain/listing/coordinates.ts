import { withChanges } from '../changes.ts';
import { reject } from '../decider.ts';
import type { InStep, ListingChanges } from './in-step.ts';

/** Whether the importer takes this place for a home with this ZIP code as it is: it would correct or drop one that is far away. */
export type AreNear = (latitude: number, longitude: number, postalCode: string | undefined) => boolean;

/**
 * Corrections of a listing, with what follows for its coordinates. Those that are given have to be where the ZIP code is. Those on record
 * stay as long as they can be right: a home does not move because its street was misspelled. If they are far from the new ZIP code,
 * they are those of another place, and become empty.
 * @param given the fields that are corrected; `null` for empty
 * @param before the fields on record
 */
export const coordinatesInStep = (given: ListingChanges, before: ListingChanges, areNear: AreNear): InStep => {
  const { latitude, longitude } = given;
  const now = withChanges(before, given);
  const zip = now.postalCode ?? undefined;
  const [lat, lng] = [now.latitude ?? null, now.longitude ?? null];
  if (latitude === undefined && longitude === undefined) {
    const isMoved = zip !== (before.postalCode ?? undefined);
    if (!isMoved || lat === null || lng === null || areNear(lat, lng, zip)) return { changes: given };
    return { changes: { ...given, latitude: null, longitude: null } };
  }
  if ((latitude ?? null) === null && (longitude ?? null) === null)
    return { changes: { ...given, latitude: null, longitude: null } };
  if (lat === null || lng === null)
    return reject(
      'coordinates-incomplete',
      'Latitude and longitude mean something only together: give both, or empty both',
      lat === null ? 'latitude' : 'longitude',
    );
  if (areNear(lat, lng, zip)) return { changes: given };
  return reject(
    'coordinates-far',
    zip === undefined
      ? `The place ${lat}, ${lng} is not in the United States: a western longitude begins with a minus sign`
      : `The place ${lat}, ${lng} is too far from ZIP code ${zip}: give coordinates near it (a western longitude begins with a minus sign), or the ZIP code too`,
    latitude === undefined ? 'longitude' : 'latitude',
  );
};
