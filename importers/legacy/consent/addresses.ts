import { canonicalEmail } from '../../../domain/identity/email-address.ts';
import type { Entry } from '../../source.ts';
import { plainValue, withoutInvisible } from '../plain-value.ts';
import { spelling } from '../reading.ts';
import { byName } from './by-name.ts';

const addressName = /e?mail|^address(?:es)?$|^login$|^username$/;
/** Another person's address, or something about e-mail that is not an address. */
const othersName =
  /agent|owner|assign|broker|realtor|lender|sender|referr|spouse|manager|admin|from|by$|template|subject|body/;

/** Whether a field with this name, in a parent with this name, has an address of the document's person. */
const mayBeAddress = byName((parent, name) => {
  const names = `${spelling(parent.slice(0, 60))} ${spelling(name.slice(0, 60))}`;
  return names.split(' ').some((one) => addressName.test(one)) && !othersName.test(names);
});

/**
 * All e-mail addresses of the document's person, under any field name, in canonical form. An opt-out applies to all of
 * them, so this accepts more than what becomes the lead's address: one address too many does no harm here.
 */
export const addressesIn = (entries: Iterable<Entry>): readonly string[] => {
  const addresses = new Set<string>();
  for (const { parent, name, value } of entries) {
    if (!mayBeAddress(parent, name)) continue;
    const found = plainValue(value);
    if (typeof found === 'string') for (const address of addressesInText(found)) addresses.add(address);
  }
  return [...addresses];
};

/** Limits on how much text is searched, and on how many addresses are taken from it. */
const maxText = 200_000;
const maxAddresses = 50;

/** All e-mail addresses in a text, in canonical form. */
export const addressesInText = (text: string): readonly string[] => {
  const found = new Set<string>();
  for (const part of withoutInvisible(text.slice(0, maxText)).split(/[\s,;|<>()"'“”‘’«»•·\0]+/)) {
    const address = part.includes('@') || part.includes('\uff20') ? canonicalEmail(part) : undefined;
    if (address !== undefined) found.add(address);
    if (found.size >= maxAddresses) break;
  }
  return [...found];
};
