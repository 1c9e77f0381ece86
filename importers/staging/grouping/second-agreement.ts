import { isPlaceholderName, nameKey, wordsOfName } from '../../../domain/identity/person-name.ts';
import { looksShared } from '../../../domain/identity/shared-address.ts';
import type { IdentifiedDocument } from './group.ts';

/** A person, with what else must agree if their address is weak. */
export type IdentifiedPerson = IdentifiedDocument & {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
};

/** Families share an address; one with more names or phone numbers than this belongs to an office or an agent. */
const mostPeople = 5;

/**
 * The people with the identities that make them one person. An address identifies a person, unless it is weak: a staff
 * member's, an office's, made up, or shared by people with many names or phone numbers. Then a name or a phone number
 * has to agree as well. A phone number agrees only if it is not as weak itself: a staff member's, or that of people
 * whose names have nothing in common.
 *
 * @param staff the identities of the brokerage's staff, and their phone numbers as `phone:+1…`
 */
export const withSecondAgreement = (
  people: readonly IdentifiedPerson[],
  staff: ReadonlySet<string>,
): IdentifiedDocument[] => {
  const users = peopleByIdentity(people);
  const weak = new Set(
    [...users].flatMap(([identity, sharing]) =>
      staff.has(identity) ||
      looksShared(identity.slice(identity.indexOf(':') + 1)) ||
      distinct(sharing.map(anyName)) > mostPeople ||
      distinct(sharing.map(({ phone }) => phone ?? undefined)) > mostPeople
        ? [identity]
        : [],
    ),
  );
  const weakPhones = new Set(
    [...weak].flatMap((identity) => [...strangersByPhone(users.get(identity)!)].map((phone) => `${identity} ${phone}`)),
  );
  return people.map((person) => {
    const name = nameKey(person);
    const agreements = [
      ...(name === undefined ? [] : [`name:${name}`]),
      ...(person.phone === null || staff.has(`phone:${person.phone}`) ? [] : [`phone:${person.phone}`]),
    ];
    const identities = person.identities.flatMap((identity) =>
      weak.has(identity)
        ? agreements.map((agreement) => `${identity} ${agreement}`).filter((both) => !weakPhones.has(both))
        : [identity],
    );
    return { ...person, identities };
  });
};

const peopleByIdentity = (people: readonly IdentifiedPerson[]) => {
  const users = new Map<string, IdentifiedPerson[]>();
  for (const person of people) {
    for (const identity of person.identities) {
      const known = users.get(identity);
      if (known === undefined) users.set(identity, [person]);
      else known.push(person);
    }
  }
  return users;
};

/** A name for counting, also if it is a single word; not a placeholder. */
const anyName = (person: IdentifiedPerson): string | undefined =>
  isPlaceholderName(person) ? undefined : wordsOfName(person).sort().join(' ') || undefined;

const distinct = (values: readonly (string | undefined)[]): number =>
  new Set(values.filter((value) => value !== undefined)).size;

/** The phone numbers (`phone:+1…`) of people with full names that have no word in common. */
const strangersByPhone = (people: readonly IdentifiedPerson[]): ReadonlySet<string> => {
  const names = new Map<string, ReadonlySet<string>>();
  const strangers = new Set<string>();
  for (const person of people) {
    const words = wordsOfName(person).filter((word) => word.length > 1);
    if (person.phone === null || words.length < 2 || isPlaceholderName(person)) continue;
    const phone = `phone:${person.phone}`;
    const shared = names.get(phone);
    // What all the names so far have in common.
    const common = new Set(shared === undefined ? words : words.filter((word) => shared.has(word)));
    names.set(phone, common);
    if (common.size === 0) strangers.add(phone);
  }
  return strangers;
};
