import { isPlain, type RawDocument, rawAt } from '../edits.ts';
import { inUse, type Ways } from './writing.ts';

const latitudes = ['lat', 'latitude', '_latitude', 'y'];
const longitudes = ['lng', 'lon', 'long', 'longitude', '_longitude', 'x'];

/** Where a home is: two numbers in one value of any kind that is read, or in two fields. */
export const position: Ways = function* (writing) {
  const { latitude: lat = null, longitude: lng = null } = writing.wanted;
  const [latAt, lngAt] = [inUse(writing, 'latitude'), inUse(writing, 'longitude')];
  const path = inUse(writing, 'coordinates');
  if (path !== undefined && lat !== null && lng !== null) {
    const like = positionLike(rawAt(writing.document, path), lat, lng);
    if (like !== undefined) yield [{ path, value: like }];
  }
  if (latAt !== undefined && lngAt !== undefined)
    yield [
      { path: latAt, value: lat },
      { path: lngAt, value: lng },
    ];
  if (path !== undefined) yield [{ path, value: lat === null ? null : { type: 'Point', coordinates: [lng, lat] } }];
};

/** The same kind of value with other numbers; an altitude stays. */
const positionLike = (before: unknown, lat: unknown, lng: unknown): unknown => {
  if (Array.isArray(before)) return [lng, lat, ...before.slice(2)];
  if (typeof before === 'string') return textLike(before, Number(lat), Number(lng));
  if (!isPlain(before)) return undefined;
  const inner = ['coordinates', 'geometry'].find((name) => isPlain(before[name]) || Array.isArray(before[name]));
  if (inner !== undefined) return { ...before, [inner]: positionLike(before[inner], lat, lng) };
  const [latName, lngName] = [latitudes, longitudes].map((names) => names.find((name) => given(before, name)));
  return latName === undefined || lngName === undefined ? undefined : { ...before, [latName]: lat, [lngName]: lng };
};

const given = (document: RawDocument, name: string): boolean => (document[name] ?? null) !== null;

/** `26.35, -80.08`, `26.35° N, 80.08° W`, `POINT(-80.08 26.35)`. */
const textLike = (before: string, lat: number, lng: number): string => {
  const isPoint = /point/i.test(before);
  const start = before.indexOf('(') + 1;
  const numbers = isPoint ? [lng, lat] : [lat, lng];
  const shown = /\d[°\s]*[NSEW]/i.test(before) ? numbers.map(Math.abs) : numbers;
  return (
    before.slice(0, start) +
    before.slice(start).replace(/[-+]?\d+(?:\.\d+)?/g, (found) => String(shown.shift() ?? found))
  );
};
