import type { Kysely } from 'kysely';
import { z } from 'zod';
import { dollars } from '../../domain/dollars.ts';
import { labelOf } from '../../domain/record-fields.ts';
import { formatField } from '../../history/format.ts';
import { isInternal } from '../../history/keys-shown.ts';
import { recordNames } from '../record-names.ts';

/** One line about why a message was written: `Expires`, `2026-04-01 08:15:00 EDT`. */
export type Why = { readonly label: string; readonly text: string };

const homesSchema = z.array(
  z.looseObject({
    listingKey: z.string(),
    changeType: z.string(),
    listPrice: z.number().nullish(),
    previousListPrice: z.number().nullish(),
    savedSearchKeys: z.array(z.string()).default([]),
  }),
);

/** What only means something to programs. */
const internal = ['jobRunId', 'changePosition'];

/** Why a message was written, from its context, for people: records by their names, times in the given time zone. */
export const whyWritten = async (
  db: Kysely<unknown>,
  context: Readonly<Record<string, unknown>>,
  timeZone: string,
): Promise<readonly Why[]> => {
  const homes = homesSchema.safeParse(context.homes).data ?? [];
  const keys = new Set(homes.flatMap(({ listingKey, savedSearchKeys }) => [listingKey, ...savedSearchKeys]));
  for (const value of Object.values(context)) if (typeof value === 'string') keys.add(value);
  const names = await recordNames(db, keys);
  const nameOf = (key: string, otherwise: string) => names.get(key) ?? otherwise;
  const homeLines = homes.map(({ listingKey, changeType, listPrice, previousListPrice, savedSearchKeys }): Why => {
    const price = typeof listPrice === 'number' ? `, ${dollars(listPrice)}` : '';
    const before =
      typeof previousListPrice === 'number' && previousListPrice !== listPrice
        ? ` (was ${dollars(previousListPrice)})`
        : '';
    const searches = savedSearchKeys.map((key) => `“${nameOf(key, 'saved search without a name')}”`).join(', ');
    const why = searches === '' ? '' : `; found by ${searches}`;
    return { label: changeType, text: `${nameOf(listingKey, listingKey)}${price}${before}${why}` };
  });
  const others = Object.entries(context)
    .filter(
      ([name]) => !(name === 'homes' && homes.length > 0) && !internal.includes(name) && !isInternal('lead', name),
    )
    .map(([name, value]) => ({
      label: labelOf('lead', name),
      text: formatField('lead', name, value, { timeZone, names }),
    }));
  return [...homeLines, ...others];
};
