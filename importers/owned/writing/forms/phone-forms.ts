import type { Mongo } from '../../../mongo/connect.ts';
import type { Forms } from './forms.ts';
import { isNumber, typedLike } from './numbers.ts';

/** What people put between the digits of a phone number. */
const gap = String.raw`[^\p{L}\d+]{0,3}`;
/** Ten digits of a number of the US, however they are separated, with or without the country code. */
const tenDigits = new RegExp(String.raw`(?:\+?1${gap})?\(?\d{3}${gap}\d{3}${gap}\d{4}(?!\d)`, 'u');
/** A number with its country code. */
const international = new RegExp(String.raw`\+(?:${gap}\d){8,15}`, 'u');
const extensionIn = /[\s,;]*(?:ext(?:ension)?\b\.?|x|#)[\s.:]*(\d{1,7})/i;

/**
 * Ways of writing a phone number: first as the document writes the one that it replaces (`561.555.0134 ext. 12`, a number), and with
 * what else there is in the text, then as people in the US do.
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
  const [, digits] = /^\+1(\d{10})$/.exec(phone) ?? [];
  const usual =
    digits === undefined ? `${phone}${end}` : `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}${end}`;
  if (isNumber(before) && end === '' && digits !== undefined) {
    const withCode = String(before).length === 11;
    return [typedLike(bson, before, Number(withCode ? `1${digits}` : digits)), usual];
  }
  if (typeof before !== 'string') return [usual];
  const styled = withExtension(withDigits(before, phone, digits), extension);
  return [...(styled === undefined ? [] : [styled]), ...(before.startsWith('+') ? [`${phone}${end}`] : []), usual];
};

/** A text with the digits of its first number replaced; `undefined` if they do not fit. */
const withDigits = (before: string, phone: string, digits: string | undefined): string | undefined => {
  const found = (digits === undefined ? international : tenDigits).exec(before);
  if (found === null) return undefined;
  const old = found[0].replace(/\D/g, '');
  const next = digits === undefined ? phone.slice(1) : `${old.length > 10 ? '1' : ''}${digits}`;
  if (next.length !== old.length) return undefined;
  let at = 0;
  const [start, after] = [before.slice(0, found.index), before.slice(found.index + found[0].length)];
  return `${start}${found[0].replace(/\d/g, () => next[at++]!)}${after}`;
};

/** A text with this extension, in the way in which it names one. */
const withExtension = (text: string | undefined, extension: string | null | undefined): string | undefined => {
  const found = text === undefined ? null : extensionIn.exec(text);
  if (text === undefined || (found === null && !extension)) return text;
  if (found === null) return `${text} x${extension}`;
  const there = found[0];
  return text.replace(there, () => (extension ? `${there.slice(0, -found[1]!.length)}${extension}` : ''));
};
