import { findPhoneNumbersInText, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { asNumber, isDocument, isMissing, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';

/** A phone number in E.164, with its extension; `others` are further numbers from the same field. */
export type Phone = { readonly number: string; readonly ext?: string; readonly others?: readonly string[] };

/**
 * `"(561) 555-0134"`, `5615550134`, `"561.555.0134 x12"`, `"cell: 561-555-0141"`, `"+1 561 555 0134"`, as E.164. A
 * number without a country code is a US number. If there are several (`"561-555-0136 / 561-555-0199"`, a list), the
 * first is the phone and the rest are `others` (`first-of-several`).
 */
export const readPhone = reader(300, (found): Reading<Phone> => {
  const parts = Array.isArray(found) ? found.slice(0, 20) : isDocument(found) ? numbersOf(found) : [found];
  const phones: Found[] = [];
  let unread = false;
  for (const part of parts) {
    if (isMissing(part)) continue;
    const here = phonesIn(part);
    unread ||= here.unread;
    phones.push(...here.phones.filter(({ number }) => !phones.some((known) => known.number === number)));
  }
  const [first, ...others] = phones;
  if (first === undefined) return unread ? unclear('not-a-phone-number') : {};
  const phone: Phone = { ...first, ...(others.length === 0 ? {} : { others: others.map(({ number }) => number) }) };
  return understood(phone, others.length > 0 ? 'first-of-several' : unread ? 'not-a-phone-number' : undefined);
});

/** The numbers of several fields: the first is the phone, the rest are `others`, which is nothing to warn about. */
export const readPhones = (found: readonly unknown[]): Reading<Phone> => {
  const readings = found.map((one) => readPhone(one));
  const phone = readings.find(({ value }) => value !== undefined)?.value;
  const warning = readings.find((reading) => reading.warning !== undefined)?.warning;
  if (phone === undefined) return warning === undefined ? nothing : unclear(warning);
  const numbers = readings.flatMap(({ value }) => (value ? [value.number, ...(value.others ?? [])] : []));
  const others = [...new Set(numbers)].filter((number) => number !== phone.number);
  return understood({ ...phone, ...(others.length === 0 ? {} : { others }) }, warning);
};

/** `{ cell, home, work }`: numbers that can receive text messages come first. */
const numbersOf = (found: Readonly<Record<string, unknown>>): readonly unknown[] => {
  const named = ['mobile', 'cell', 'home', 'work', 'office', 'other'].flatMap((name) => found[name] ?? []);
  return named.length === 0 ? [found] : named;
};

type Found = { readonly number: string; readonly ext?: string };

const phonesIn = (found: unknown): { readonly phones: readonly Found[]; readonly unread: boolean } => {
  const value = isDocument(found) ? (found.number ?? found.phone ?? found.value) : found;
  // Most of the world dials 00 for the plus sign.
  const text = typeof value === 'string' ? value.replace(/^00(?=[1-9])/, '+') : String(asNumber(value) ?? '');
  const whole = parsePhoneNumberFromString(text, 'US');
  // The library would take a second number for an extension, or drop it.
  if (whole?.isValid() && text.replace(/\D/g, '').length < 18) return { phones: [phoneOf(whole)], unread: false };
  const phones: Found[] = [];
  let unread = false;
  for (const piece of text.split(between)) {
    const matches = findPhoneNumbersInText(piece, 'US');
    phones.push(...matches.map(({ number }) => phoneOf(number)));
    const read = matches.reduce((sum, { number }) => sum + number.nationalNumber.length + (number.ext?.length ?? 0), 0);
    // Each number may be preceded by a country code; any further digits are something else.
    unread ||= piece.replace(/\D/g, '').length > read + 2 * matches.length + 2;
  }
  return { phones, unread: unread || phones.length === 0 };
};

/** Separates two numbers, but not a number from its extension. */
const between = /\s?(?:[/|;\n]|,(?!\s?(?:ext|x|#))|\b(?:or|and)\b|&)\s?/i;

const phoneOf = (phone: { readonly number: string; readonly ext?: string }): Found => ({
  number: phone.number,
  ...(phone.ext ? { ext: phone.ext } : {}),
});
