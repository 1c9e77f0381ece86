import { looksShared } from '../../../domain/shared-address.ts';
import { nameKey } from '../../legacy/names.ts';
import type { IdentifiedDocument } from './group.ts';

/** A contact, with what else must agree if its address is weak. */
export type IdentifiedContact = IdentifiedDocument & {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
};

/** Families share an address; one with more names than this belongs to an office or an agent. */
const mostNames = 5;

/**
 * The contacts with the identities that make them one person. An address identifies a person, unless it is weak: a
 * staff member's, an office's, made up, or shared by people with many names. Then a name or a phone number has to agree
 * as well.
 *
 * @param staff the identities of the brokerage's staff
 */
export const withSecondAgreement = (
  contacts: readonly IdentifiedContact[],
  staff: ReadonlySet<string>,
): IdentifiedDocument[] => {
  const names = new Map<string, Set<string>>();
  for (const contact of contacts) {
    const name = nameKey(contact);
    for (const identity of contact.identities) {
      const known = names.get(identity) ?? new Set();
      names.set(identity, name === undefined ? known : known.add(name));
    }
  }
  const weak = new Set(
    [...names].flatMap(([identity, known]) =>
      staff.has(identity) || looksShared(identity.slice(identity.indexOf(':') + 1)) || known.size > mostNames
        ? [identity]
        : [],
    ),
  );
  return contacts.map((contact) => {
    const name = nameKey(contact);
    const beside = [
      ...(name === undefined ? [] : [`name:${name}`]),
      ...(contact.phone === null ? [] : [`phone:${contact.phone}`]),
    ];
    const identities = contact.identities.flatMap((identity) =>
      weak.has(identity) ? beside.map((agreement) => `${identity} ${agreement}`) : [identity],
    );
    return { ...contact, identities };
  });
};
