import { entryOf } from '../../../reading.ts';

/** Which end a name stands for; names are reduced to lower-case letters. */
const names: Readonly<Record<string, 'min' | 'max' | 'both' | 'currency'>> = {
  ...Object.fromEntries(
    [
      'min',
      'minimum',
      'from',
      'low',
      'lower',
      'gte',
      'gt',
      'start',
      'least',
      'atleast',
      'floor',
      'over',
      'above',
      'von',
      'ab',
      'desde',
      'minimo',
    ].map((name) => [name, 'min' as const]),
  ),
  ...Object.fromEntries(
    [
      'max',
      'maximum',
      'to',
      'high',
      'upper',
      'lte',
      'lt',
      'end',
      'most',
      'atmost',
      'ceiling',
      'under',
      'below',
      'upto',
      'bis',
      'hasta',
      'maximo',
    ].map((name) => [name, 'max' as const]),
  ),
  ...Object.fromEntries(['eq', 'exact', 'exactly', 'value', 'amount'].map((name) => [name, 'both' as const])),
  currency: 'currency',
};

/**
 * Which end of a range a document's field stands for: `minPrice`, `$gte`, `bedsMax`; `undefined` for any other name.
 */
export const endNamed = (key: string): (typeof names)[string] | undefined => {
  const name = key.toLowerCase().replace(/[^a-z]/g, '');
  // "minPrice", "bedsMax"
  return (
    entryOf(names, name) ??
    entryOf(
      names,
      name.replace(/^(?:price|budget|value|beds?|baths?|sqft)|(?:price|budget|value|beds?|baths?|sqft)$/, ''),
    )
  );
};
