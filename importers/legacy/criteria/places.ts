import { townName } from '../fields/places/areas.ts';
import { readPostalCode } from '../fields/places/postal-code.ts';
import { readState } from '../fields/places/state.ts';
import { readAlternatives } from './alternatives.ts';
import { placed } from './combine.ts';
import { type CriterionReader, notUnderstood } from './part.ts';

type Place = { readonly city: string } | { readonly postalCode: string } | { readonly state: true };

/**
 * Cities and postal codes; the home must be in one of them: `"Boca Raton"`, `["Lantana", "33483"]`,
 * `"Boca Raton, Delray Beach"`. A state next to a town is ignored (`"Boca Raton, FL"`).
 */
export const readPlaces: CriterionReader = (found) =>
  readAlternatives(found, placesIn, 'place-unclear', (places: readonly Place[]) => {
    const cities = places.flatMap((place) => ('city' in place ? place.city : []));
    const postalCodes = places.flatMap((place) => ('postalCode' in place ? place.postalCode : []));
    return cities.length + postalCodes.length === 0
      ? notUnderstood('place-unclear')
      : { criteria: placed(cities, postalCodes) };
  });

const placesIn = (found: unknown): readonly Place[] | undefined => {
  const postalCode = typeof found === 'string' || typeof found === 'number' ? readPostalCode(found).value : undefined;
  if (postalCode !== undefined) return [{ postalCode: postalCode.slice(0, 5) }];
  if (typeof found !== 'string') return undefined;
  if (/^[a-z]{2}$/i.test(found) && readState(found).value !== undefined) return [{ state: true }];
  return isTownName(found) ? [{ city: townName(found.replace(/\s+/g, ' ')) }] : undefined;
};

/** Letters and the punctuation found in names; no pattern, exclusion or radius. */
const isTownName = (text: string): boolean =>
  text.length <= 100 &&
  /^\p{L}[\p{L}\p{M}\p{N} .'’ʻ-]*$/u.test(text) &&
  !/^(?:not|no|except|excluding|exclude|without|within|near|around|outside|beyond|other than)\s|\s(?:and|not|except|without|within|miles|mi|area)(?:\s|$)/i.test(
    text,
  );
