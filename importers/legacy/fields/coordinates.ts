import { asNumber, isDocument, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';
import { zipArea } from './zip-areas.ts';

export type Coordinates = { readonly latitude: number; readonly longitude: number };

/** Further from the middle of its ZIP area than this no home is (the widest ones, in Alaska and Nevada, apart). */
const farKm = 100;

/** The United States with Alaska, Hawaii and Puerto Rico, roughly: what tells latitude from longitude without a ZIP. */
const inUnitedStates = ({ latitude, longitude }: Coordinates) =>
  latitude > 15 && latitude < 72 && longitude > -180 && longitude < -64;

/**
 * GeoJSON, `{ lat, lng }` or `[lng, lat]`. Held against the ZIP area it should lie in: swapped ones are put right, with a
 * warning; `[0, 0]` and ones far away are left empty.
 */
export const readCoordinates = (found: unknown, postalCode?: string): Reading<Coordinates> => {
  if (isMissing(found)) return nothing;
  const pair = pairOf(found);
  if (pair === undefined) return unclear('not-coordinates');
  const { latitude, longitude } = pair;
  if (latitude === 0 && longitude === 0) return unclear('coordinates-zero');
  const asWritten = valid(latitude, longitude);
  const swapped = valid(longitude, latitude);
  const middle = postalCode === undefined ? undefined : zipArea(postalCode.slice(0, 5));
  const fits = (place: Coordinates | undefined) =>
    place !== undefined && (middle === undefined ? inUnitedStates(place) : distanceKm(place, middle) <= farKm);
  if (fits(asWritten)) return understood(asWritten!);
  if (fits(swapped)) return understood(swapped!, 'coordinates-swapped');
  if (asWritten === undefined && swapped === undefined) return unclear('not-coordinates');
  return unclear(middle === undefined ? 'coordinates-abroad' : 'far-from-postal-code');
};

const pairOf = (found: unknown): Coordinates | undefined => {
  if (Array.isArray(found)) return found.length === 2 ? pair(found[1], found[0]) : undefined;
  if (!isDocument(found)) return undefined;
  if (Array.isArray(found.coordinates)) return pairOf(found.coordinates);
  return pair(found.lat ?? found.latitude, found.lng ?? found.lon ?? found.long ?? found.longitude);
};

const pair = (lat: unknown, lng: unknown): Coordinates | undefined => {
  const [latitude, longitude] = [asNumber(lat), asNumber(lng)];
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
};

const valid = (latitude: number, longitude: number): Coordinates | undefined =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;

/** Great-circle distance (haversine). */
export const distanceKm = (a: Coordinates, b: Coordinates): number => {
  const radians = Math.PI / 180;
  const dLat = (b.latitude - a.latitude) * radians;
  const dLng = (b.longitude - a.longitude) * radians;
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(dLng / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
};
