import { priceRange } from '../../domain/dollars.ts';
import { listed } from '../../platform/wording/words.ts';

/** What a lead looks for, as columns of `read.leads`. */
export type Wants = {
  readonly cities: readonly string[] | null;
  readonly postalCodes: readonly string[] | null;
  /** US dollars; `numeric` comes as text. */
  readonly listPriceMin: number | string | null;
  readonly listPriceMax: number | string | null;
};

const amount = (value: number | string | null) => (value === null ? null : Number(value));

/** `Jupiter, Boca Raton, 33458 and 2 more, up to $450,000`; `null` if nothing is known. */
export const wantsInWords = ({ cities, postalCodes, listPriceMin, listPriceMax }: Wants): string | null => {
  const price = priceRange(amount(listPriceMin), amount(listPriceMax));
  const areas = listed([...(cities ?? []), ...(postalCodes ?? [])], { most: 80, named: 3 });
  return [areas, price].filter(Boolean).join(', ') || null;
};
