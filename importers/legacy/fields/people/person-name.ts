import { isDocument, isMissing, nothing, type Reading, reader, unclear, understood } from '../../reading.ts';
import { readLine } from '../words/text.ts';

export type PersonName = { readonly first?: string; readonly last?: string };

/** Words that belong to the surname after them. */
const particles =
  /^(?:d[aeiou]s?|del|de la|las?|los|van|von|der|den|ter|di|della|dello|le|st\.?|saint|el|al|bin|ibn|mac)$/i;

/** `"Ana María López"`, `{ first, last }`, `"LOPEZ, ANA"`. An e-mail address is not accepted as a name. */
export const readPersonName = reader(5_000, (found): Reading<PersonName> => {
  if (isDocument(found)) {
    const [first, last] = [found.first ?? found.firstName, found.last ?? found.lastName];
    // It has a name, but in parts that are called otherwise: the mapping has to say which is which.
    const others = isMissing(first) && isMissing(last) && Object.values(found).some((part) => !isMissing(part));
    return others ? unclear('not-a-name') : nameOf(first, last);
  }
  const { value, warning } = readLine(found);
  if (value === undefined) return warning === undefined ? nothing : unclear(warning);
  if (isAddress(value)) return unclear('name-is-an-email');
  const comma = /^([^,]+),\s*([^,]+)$/.exec(value);
  if (comma !== null && !/^(?:jr|sr|ii|iii|iv|md|phd|esq)\.?$/i.test(comma[2]!.trim())) {
    return understood(named(comma[2]!, comma[1]!), warning);
  }
  const words = value.split(' ');
  if (words.length === 1) return understood(named(value, ''), warning);
  let family = words.length - 1;
  if (family > 1 && /^(?:jr|sr|ii|iii|iv)\.?,?$/i.test(words[family]!)) family--;
  while (family > 1 && particles.test(words[family - 1]!)) family--;
  return understood(named(words.slice(0, family).join(' '), words.slice(family).join(' ')), warning);
});

/** A name from separate fields. */
export const nameOf = (first: unknown, last: unknown): Reading<PersonName> => {
  const [given, family] = [readLine(first), readLine(last)];
  if (given.value !== undefined && isAddress(given.value)) return unclear('name-is-an-email');
  const warning = given.warning ?? family.warning;
  if (given.value === undefined && family.value === undefined)
    return warning === undefined ? nothing : unclear(warning);
  return understood(named(given.value ?? '', family.value ?? ''), warning);
};

const isAddress = (text: string) => /^\S+@\S+\.\S+$/.test(text);

const named = (first: string, last: string): PersonName => {
  const [given, family] = [first.trim(), last.trim()];
  const isMeant = isPairOfInitials(given) || (given.length === 2 && family !== '' && !isInCapitals(family));
  const [asMeant, lastName] = [isMeant ? given : properCase(given), properCase(family)];
  return { ...(asMeant === '' ? {} : { first: asMeant }), ...(lastName === '' ? {} : { last: lastName }) };
};

/**
 * "JD", "TJ" and "AJ" are initials; "ED", "JO" and "TY" may be names that someone typed with caps lock on. Two letters are initials if
 * they cannot be pronounced as a syllable: they have no vowel (Y is one after a consonant), or they end in J or Q after a vowel, as no
 * English word does, or in C, as no given name of two letters does.
 */
const isPairOfInitials = (text: string) => /^(?:[B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-XZ]|[AEIOU][CJQ])$/.test(text);

/** Whether a name is all in capitals; an initial is not. */
export const isInCapitals = (text: string): boolean =>
  text.length > 1 && text === text.toUpperCase() && text !== text.toLowerCase();

/** "LOPEZ" was typed with caps lock on, while "McDonald" and "de la Cruz" are meant that way. */
const properCase = (text: string) =>
  isInCapitals(text)
    ? text
        .toLowerCase()
        .replace(/(?<=\s)i(?:ii?|v)$|(?<![\p{L}\p{M}’'])\p{L}|(?<=\b[do]['’])\p{L}/gu, (letters) =>
          letters.toUpperCase(),
        )
    : text;
