import { createRequire } from 'node:module';

/** The middle of a ZIP code's area, in degrees. */
export type ZipArea = { readonly latitude: number; readonly longitude: number };

const codes = 100_000;
let middles: Float32Array | undefined;

/** Where a five-digit ZIP code lies; `undefined` for one that nobody uses. */
export const zipArea = (zip: string): ZipArea | undefined => {
  middles ??= load();
  const at = /^\d{5}$/.test(zip) ? Number(zip) * 2 : -1;
  const [latitude, longitude] = [middles[at], middles[at + 1]];
  return latitude === undefined || longitude === undefined || Number.isNaN(latitude)
    ? undefined
    : { latitude, longitude };
};

/**
 * The package keeps its table as 42,000 objects, some 30 MB of heap that every collection of garbage would walk over. Two
 * numbers a code are all that is wanted of it: they are taken out, and the table is let go.
 */
const load = (): Float32Array => {
  const require = createRequire(import.meta.url);
  const { codes: table } = require('zipcodes') as { codes: Record<string, ZipArea> };
  const packed = new Float32Array(codes * 2).fill(Number.NaN);
  for (const [zip, { latitude, longitude }] of Object.entries(table)) {
    if (/^\d{5}$/.test(zip)) packed.set([latitude, longitude], Number(zip) * 2);
  }
  const folder = require.resolve('zipcodes').replace(/[^/\\]*$/, '');
  for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) delete require.cache[path];
  return packed;
};
