import { asNumber, isDocument, spelling } from '../reading.ts';

export type Point = [longitude: number, latitude: number];

const sides: Readonly<Record<string, readonly [north: string, south: string, east: string, west: string]>> = {
  named: ['north', 'south', 'east', 'west'],
  short: ['n', 's', 'e', 'w'],
  latLng: ['maxlat', 'minlat', 'maxlng', 'minlng'],
  latLon: ['maxlat', 'minlat', 'maxlon', 'minlon'],
};
const corners: readonly (readonly [northEast: string, southWest: string])[] = [
  ['ne', 'sw'],
  ['northeast', 'southwest'],
];

/**
 * The corners of the part of a map that someone looked at: `{ north, south, east, west }`, or `{ ne: { lat, lng }, sw: { lat, lng } }`,
 * as the libraries for maps write them. `undefined` for anything else, or if nothing lies between its sides.
 */
export const boundsIn = (found: Readonly<Record<string, unknown>>): readonly Point[] | undefined => {
  const parts = new Map(Object.entries(found).map(([name, value]) => [spelling(name), value]));
  if (parts.size !== Object.keys(found).length) return undefined;
  const has = (names: readonly string[]) => parts.size === names.length && names.every((name) => parts.has(name));
  const named = Object.values(sides).find(has);
  if (named !== undefined) return rectangle(...(named.map((name) => asNumber(parts.get(name))) as Sides));
  const pair = corners.find(has);
  if (pair === undefined) return undefined;
  const [northEast, southWest] = pair.map((name) => pointOf(parts.get(name)));
  return northEast && southWest && rectangle(northEast[1], southWest[1], northEast[0], southWest[0]);
};

type Sides = [north: number | undefined, south: number | undefined, east: number | undefined, west: number | undefined];

const rectangle = (...[north, south, east, west]: Sides): readonly Point[] | undefined => {
  if (north === undefined || south === undefined || east === undefined || west === undefined) return undefined;
  if (south >= north || west >= east) return undefined;
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
};

/** `[lng, lat]`, possibly with an altitude, or `{ lat, lng }`. */
export const pointOf = (found: unknown): Point | undefined => {
  if (Array.isArray(found)) return found.length === 2 || found.length === 3 ? pair(found[0], found[1]) : undefined;
  if (!isDocument(found)) return undefined;
  return pair(found.lng ?? found.lon ?? found.long ?? found.longitude, found.lat ?? found.latitude);
};

const pair = (lng: unknown, lat: unknown): Point | undefined => {
  const [longitude, latitude] = [asNumber(lng), asNumber(lat)];
  return longitude === undefined || latitude === undefined ? undefined : [longitude, latitude];
};
