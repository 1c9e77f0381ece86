import { criteriaSchema } from '../../../domain/saved-search/index.ts';
import { inUnitedStates } from '../fields/places/coordinates.ts';
import { isDocument, isEmpty } from '../reading.ts';
import { boundsIn, type Point, pointOf } from './bounds.ts';
import { type CriterionReader, noLimit, notUnderstood } from './part.ts';

/**
 * An area drawn on a map: `[[lng, lat], …]`, `[{ lat, lng }, …]`, a GeoJSON polygon, `{ $geoWithin: { $geometry } }` or
 * `{ $geoWithin: { $polygon } }`, or the part of a map that was shown (`{ north, south, east, west }`, `{ ne, sw }`). An area with holes or in several parts is not understood: ignoring the hole would
 * widen the search.
 */
export const readPolygon: CriterionReader = (area) => {
  // Nothing was drawn.
  if (isEmpty(area) && Array.isArray(area)) return noLimit;
  const ring = ringOf(area);
  const points = ring?.map(pointOf);
  if (points === undefined || points.some((point) => point === undefined)) return notUnderstood('not-a-polygon');
  const given = points as Point[];
  // In the United States longitudes are negative and latitudes positive; if all points are the other way round, they
  // are swapped.
  const swapped = given.every(([first, second]) => first > 0 && second < 0);
  const upright = swapped ? given.map(([lat, lng]): Point => [lng, lat]) : given;
  // One corner with its numbers swapped makes the area reach to the other end of the world.
  if (!upright.every(([longitude, latitude]) => inUnitedStates({ latitude, longitude }))) {
    return notUnderstood('not-a-polygon');
  }
  const closed = upright.length > 3 && String(upright[0]) === String(upright.at(-1));
  const criteria = { polygon: closed ? upright.slice(0, -1) : upright };
  if (!criteriaSchema.safeParse(criteria).success) return notUnderstood('not-a-polygon');
  return swapped ? { criteria, correction: 'coordinates-swapped' } : { criteria };
};

const ringOf = (found: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(found)) {
    // GeoJSON has a list of rings; all but the first are holes.
    const only = found.length === 1 && Array.isArray(found[0]) && typeof found[0][0] === 'object' ? found[0] : found;
    return only as readonly unknown[];
  }
  if (!isDocument(found)) return undefined;
  const bounds = boundsIn(found);
  if (bounds !== undefined) return bounds;
  const names = Object.keys(found);
  if (names.length === 1 && /^\$(?:geoWithin|geometry|polygon)$/.test(names[0]!)) return ringOf(found[names[0]!]);
  const isPolygon = found.type === undefined || found.type === 'Polygon';
  if (!isPolygon || names.some((name) => name !== 'type' && name !== 'coordinates')) return undefined;
  return Array.isArray(found.coordinates) ? ringOf(found.coordinates) : undefined;
};
