import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { asNumber, isMissing, nothing, type Reading, unclear, understood } from '../reading.ts';

export type Phone = { readonly number: string; readonly ext?: string };

/** `"(561) 555-0134"`, `5615550134`, `"561.555.0134 x12"`, `"+1 561 555 0134"` as E.164; a number without a country is a US one. */
export const readPhone = (found: unknown): Reading<Phone> => {
  if (isMissing(found)) return nothing;
  if (Array.isArray(found)) return found.length === 0 ? nothing : readPhone(found[0]);
  const text = typeof found === 'string' ? found : String(asNumber(found) ?? '');
  const phone = text.length > 60 ? undefined : parsePhoneNumberFromString(text, 'US');
  if (phone === undefined || !phone.isValid()) return unclear('not-a-phone-number');
  return understood({ number: phone.number, ...(phone.ext ? { ext: phone.ext } : {}) });
};
