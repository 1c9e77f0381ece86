import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A phone number as people write it: `(561) 555-0134`, or `+44 20 7946 0958` outside the country. */
export const phoneInWords = (number: string): string => {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined) return number;
  return parsed.countryCallingCode === '1' ? parsed.formatNational() : parsed.formatInternational();
};
