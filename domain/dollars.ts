/** An amount in US dollars as people read it, without cents: `$450,000`. */
export const dollars = (amount: number): string => format.format(amount);

/** Created once, because creating a formatter takes far longer than using it. */
const format = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });

/** `$400,000 to $500,000`, `from $400,000`, `up to $500,000`; `null` if neither end is known. */
export const priceRange = (from: number | null | undefined, to: number | null | undefined): string | null => {
  if (typeof from === 'number' && typeof to === 'number') return `${dollars(from)} to ${dollars(to)}`;
  if (typeof to === 'number') return `up to ${dollars(to)}`;
  return typeof from === 'number' ? `from ${dollars(from)}` : null;
};
