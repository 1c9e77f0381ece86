/** Signs and words for currencies, in addition to the ISO codes. */
const signs: Readonly<Record<string, string>> = {
  $: 'USD',
  us$: 'USD',
  'u.s.$': 'USD',
  usd$: 'USD',
  dollar: 'USD',
  dollars: 'USD',
  bucks: 'USD',
  c$: 'CAD',
  ca$: 'CAD',
  cad$: 'CAD',
  cdn$: 'CAD',
  cdn: 'CAD',
  a$: 'AUD',
  au$: 'AUD',
  aud$: 'AUD',
  nz$: 'NZD',
  mx$: 'MXN',
  hk$: 'HKD',
  s$: 'SGD',
  bs$: 'BSD',
  r$: 'BRL',
  rd$: 'DOP',
  col$: 'COP',
  j$: 'JMD',
  tt$: 'TTD',
  '€': 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  '£': 'GBP',
  pound: 'GBP',
  pounds: 'GBP',
  sterling: 'GBP',
  '¥': 'JPY',
  yen: 'JPY',
  rmb: 'CNY',
  yuan: 'CNY',
  '₹': 'INR',
  rs: 'INR',
  rupees: 'INR',
  '₽': 'RUB',
  '₪': 'ILS',
  '₩': 'KRW',
  '₺': 'TRY',
  '₡': 'CRC',
  '₱': 'PHP',
  '₦': 'NGN',
  '₴': 'UAH',
  '฿': 'THB',
  '₫': 'VND',
  '₿': 'BTC',
  btc: 'BTC',
  eth: 'ETH',
  fr: 'CHF',
  sfr: 'CHF',
};

/** ISO codes, except those that are English words found beside a price ("all", "top"). */
const codes = new Set(
  Intl.supportedValuesOf('currency')
    .map((code) => code.toLowerCase())
    .filter((code) => !['all', 'top', 'try', 'mop'].includes(code)),
);

/**
 * The ISO code of a currency, given its sign, code or English name (`$`, `usd`, `Euro`); `undefined` if it is not one.
 */
export const currencyOf = (written: string): string | undefined => {
  const key = written.toLowerCase().replace(/\s/g, '').replace(/\.$/, '');
  if (Object.hasOwn(signs, key)) return signs[key];
  return codes.has(key) ? key.toUpperCase() : undefined;
};

/**
 * Matches anything that may be a currency, as the source of a pattern (flags `iu`); `currencyOf` decides whether it is
 * one.
 */
export const currencyPattern = String.raw`(?:(?:u\.s\.|[a-z]{1,3})?\s?\$|\p{Sc}|[a-z]{2,8}\.?)`;
