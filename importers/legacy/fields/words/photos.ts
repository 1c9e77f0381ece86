import type { z } from 'zod';
import type { mediaSchema } from '../../../../domain/listing/schema.ts';
import { asNumber, isDocument, isMissing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readLine } from './text.ts';

export type Photos = { readonly photosCount: number; readonly media?: z.infer<typeof mediaSchema>[] };

/**
 * `[url]`, `[{ url, caption }]`, RESO's `[{ MediaURL, ShortDescription }]`, or only their number. Pictures without a usable address are counted, but not listed.
 */
export const readPhotos = reader(2_000, (found): Reading<Photos> => {
  if (Array.isArray(found)) {
    const media = found.flatMap((photo) => mediaOf(photo) ?? []);
    const reading: Photos = { photosCount: found.length, ...(media.length === 0 ? {} : { media }) };
    return understood(reading, media.length < found.length ? 'photo-without-url' : undefined);
  }
  const count = asNumber(found);
  if (count === undefined || !Number.isInteger(count) || count < 0 || count > 100_000) return unclear('not-photos');
  return understood({ photosCount: count });
});

const mediaOf = (photo: unknown): z.infer<typeof mediaSchema> | undefined => {
  const url = isDocument(photo) ? urlIn(photo) : photo;
  if (!isUrl(url)) return undefined;
  const caption = isDocument(photo) ? readLine(photo.caption ?? photo.ShortDescription).value : undefined;
  return { mediaURL: url.trim(), ...(caption === undefined ? {} : { shortDescription: caption }) };
};

/** Under one of the usual names; otherwise the only address in it, whatever it is called. */
const urlIn = (photo: Readonly<Record<string, unknown>>): unknown => {
  const named = photo.url ?? photo.href ?? photo.src ?? photo.MediaURL ?? photo.mediaURL;
  if (!isMissing(named)) return named;
  const [first, ...others] = Object.values(photo).filter(isUrl);
  return others.length === 0 ? first : undefined;
};

const isUrl = (found: unknown): found is string =>
  typeof found === 'string' && /^https?:\/\/\S{1,1990}$/i.test(found.trim());
