import type { Mongo } from '../../../mongo/connect.ts';
import type { Forms } from './forms.ts';
import { isNumber, typedLike } from './numbers.ts';

/** Ten digits of a number of the US, however they are separated, with or without the country code. */
const tenDigits = /(?:\+?1[\s.-]{0,2})?\(?\d{3}\)?[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}/;

/**
 * Ways of writing a phone number: first as the document writes the one that it replaces (`561.555.0134`, a number), and with what
 * else there is in the text, then as people in the US do.
 * @param phone `+15615550134`
 */
export const phoneForms = (
  bson: Mongo['bson'],
  before: unknown,
  phone: string | null | undefined,
  extension: string | null | undefined,
): Forms => {
  if (phone === null || phone === undefined) return [null];
  const end = extension ? ` x${extension}` : '';
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phone) ?? [];
  if (area === undefined) return [`${phone}${end}`];
  const digits = `${area}${exchange}${line}`;
  const usual = `(${area}) ${exchange}-${line}${end}`;
  if (isNumber(before) && end === '') return [typedLike(bson, before, Number(digits)), usual];
  if (typeof before !== 'string') return [usual];
  const styled = before.replace(tenDigits, (found) => {
    let at = 0;
    const code = found.replace(/\D/g, '').length - 10;
    return found.replace(/\d/g, (digit) => (at++ < code ? digit : digits[at - 1 - code]!));
  });
  return [...(styled === before ? [] : [styled]), ...(before.startsWith('+') ? [`${phone}${end}`] : []), usual];
};
