import type { Criteria } from '../../domain/saved-search/index.ts';

/** What a search without a name looks for, in words: `Boca Raton, 3+ beds, up to $500,000`. */
export const describeCriteria = (criteria: Criteria): string => {
  const { listPriceMin: from, listPriceMax: to } = criteria;
  const price =
    from !== undefined && to !== undefined
      ? `${dollars(from)} to ${dollars(to)}`
      : to !== undefined
        ? `up to ${dollars(to)}`
        : from !== undefined
          ? `from ${dollars(from)}`
          : undefined;
  const parts = [
    criteria.cities?.join(' or '),
    criteria.postalCodes?.join(' or '),
    criteria.polygon === undefined ? undefined : 'in the area you drew',
    criteria.propertySubTypes?.join(' or '),
    criteria.bedroomsMin === undefined ? undefined : `${criteria.bedroomsMin}+ beds`,
    criteria.bathroomsMin === undefined ? undefined : `${criteria.bathroomsMin}+ baths`,
    criteria.livingAreaMin === undefined ? undefined : `${criteria.livingAreaMin.toLocaleString('en-US')}+ sq ft`,
    price,
    criteria.keywords?.join(' or '),
  ];
  return parts.filter((part) => part !== undefined).join(', ') || 'every home';
};

const dollars = (amount: number): string =>
  amount.toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
