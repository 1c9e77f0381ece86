import { asNumber, isDocument, type Reading, reader, unclear, understood } from '../../reading.ts';
import { zipArea } from './zip-areas.ts';

export type Coordinates = { readonly latitude: number; readonly longitude: number };

/** No home is further from the middle of its ZIP area than this, except in the widest ones (Alaska, Nevada). */
const farKm = 100;

/**
 * The United States with Alaska, Hawaii and Puerto Rico, roughly: tells latitude from longitude when there is no ZIP
 * code.
 */
export const inUnitedStates = ({ latitude, longitude }: Coordinates) =>
  latitude > 15 && latitude < 72 && longitude > -180 && longitude < -64;

/**
 * GeoJSON (possibly with an altitude, or as a Feature), `{ lat, lng }`, `[lng, lat]`, `"26.35, -80.08"`,
 * `"POINT(-80.08 26.35)"`. Checked against the home's ZIP area: swapped coordinates are corrected
 * (`coordinates-swapped`), and so is a longitude without its minus sign (`longitude-sign`, only with a ZIP code).
 * `[0, 0]` and places far away are left empty.
 */
export const readCoordinates = reader(200, (found, postalCode?: string): Reading<Coordinates> => {
  const place = positionOf(found);
  if (place === undefined) return unclear('not-coordinates');
  const { latitude, longitude } = place;
  if (latitude === 0 && longitude === 0) return unclear('coordinates-zero');
  const middle = postalCode === undefined ? undefined : zipArea(postalCode.slice(0, 5));
  const fits = (lat: number, lng: number) =>
    isOnEarth(lat, lng) &&
    (middle === undefined
      ? inUnitedStates({ latitude: lat, longitude: lng })
      : distanceKm({ latitude: lat, longitude: lng }, middle) <= farKm);
  if (fits(latitude, longitude)) return understood(place);
  if (fits(longitude, latitude)) return understood({ latitude: longitude, longitude: latitude }, 'coordinates-swapped');
  if (middle !== undefined && fits(latitude, -longitude)) {
    return understood({ latitude, longitude: -longitude }, 'longitude-sign');
  }
  if (!isOnEarth(latitude, longitude) && !isOnEarth(longitude, latitude)) return unclear('not-coordinates');
  return unclear(middle === undefined ? 'coordinates-abroad' : 'far-from-postal-code');
});

/**
 * A place as written, unchecked: `[lng, lat]` or `[lng, lat, altitude]`, `{ lat, lng }` under any of the usual names,
 * GeoJSON, or text (`"lat, lng"`, WKT). `undefined` if it is not two numbers.
 */
const positionOf = (found: unknown, depth = 0): Coordinates | undefined => {
  if (typeof found === 'string') return ofText(found);
  if (Array.isArray(found)) {
    // GeoJSON allows an altitude as the third number; some databases add a measure as the fourth.
    return found.length >= 2 && found.length <= 4 ? pair(found[1], found[0]) : undefined;
  }
  if (!isDocument(found) || depth > 3) return undefined;
  const inner = found.coordinates ?? found.geometry;
  if (inner !== undefined && inner !== null) return positionOf(inner, depth + 1);
  return pair(
    found.lat ?? found.latitude ?? found._latitude ?? found.y,
    found.lng ?? found.lon ?? found.long ?? found.longitude ?? found._longitude ?? found.x,
  );
};

const number = String.raw`([-+]?\d{1,3}(?:\.\d{1,20})?)`;
const latLng = new RegExp(String.raw`^\(?${number}°?\s?([NS])?\s?[,; ]\s?${number}°?\s?([EW])?\)?$`, 'i');
const wellKnownText = new RegExp(
  String.raw`^(?:SRID=\d+;)?\s?POINT\s?Z?\s?\(\s?${number}\s${number}(?:\s[-\d.]+)?\s?\)$`,
  'i',
);

const ofText = (found: string): Coordinates | undefined => {
  const text = found.replace(/\s+/g, ' ');
  const point = wellKnownText.exec(text);
  if (point !== null) return pair(point[2], point[1]);
  const [, lat, northSouth, lng, eastWest] = latLng.exec(text) ?? [];
  if (lat === undefined || lng === undefined) return undefined;
  const place = pair(lat, lng);
  return (
    place && {
      latitude: /s/i.test(northSouth ?? '') ? -Math.abs(place.latitude) : place.latitude,
      longitude: /w/i.test(eastWest ?? '') ? -Math.abs(place.longitude) : place.longitude,
    }
  );
};

const pair = (lat: unknown, lng: unknown): Coordinates | undefined => {
  const [latitude, longitude] = [asNumber(lat), asNumber(lng)];
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
};

const isOnEarth = (latitude: number, longitude: number) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;

/** Great-circle distance (haversine). */
const distanceKm = (a: Coordinates, b: Coordinates): number => {
  const radians = Math.PI / 180;
  const dLat = (b.latitude - a.latitude) * radians;
  const dLng = (b.longitude - a.longitude) * radians;
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(dLng / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
};
