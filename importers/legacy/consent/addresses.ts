import { canonicalEmail } from '../../../domain/email-address.ts';
import type { Entry } from '../../source.ts';
import { plainValue } from '../plain-value.ts';
import { spelling } from '../reading.ts';

const addressName = /e?mail|^address(?:es)?$|^login$|^username$/;
/** Somebody else's address, or something about e-mail that is not an address. */
const othersName =
  /agent|owner|assign|broker|realtor|lender|sender|referr|spouse|manager|admin|from|by$|template|subject|body/;

/**
 * Every e-mail address that a document gives for its person, under any name, in canonical form: what an opt-out counts for. More
 * generous than what becomes the lead's address: here one too many does no harm.
 */
export const addressesIn = (entries: Iterable<Entry>): readonly string[] => {
  const addresses = new Set<string>();
  for (const { parent, name, value } of entries) {
    const names = `${spelling(parent.slice(0, 60))} ${spelling(name.slice(0, 60))}`;
    if (!names.split(' ').some((one) => addressName.test(one)) || othersName.test(names)) continue;
    const found = plainValue(value);
    if (typeof found === 'string') for (const address of addressesInText(found)) addresses.add(address);
  }
  return [...addresses];
};

/** At most so much of a text is looked through, and so many addresses are found in it. */
const maxText = 200_000;
const maxAddresses = 50;

/** Everything in a text that is an e-mail address. */
export const addressesInText = (text: string): readonly string[] => {
  const found = new Set<string>();
  for (const part of text.slice(0, maxText).split(/[\s,;|<>()"'\0]+/)) {
    const address = part.includes('@') || part.includes('\uff20') ? canonicalEmail(part) : undefined;
    if (address !== undefined) found.add(address);
    if (found.size >= maxAddresses) break;
  }
  return [...found];
};
