import { agent } from '../domain/agent/index.ts';
import type { RecordName } from '../domain/catalogue/field.ts';
import type { Decider } from '../domain/decider.ts';
import type { DomainEvent } from '../domain/events.ts';
import { lead } from '../domain/lead/index.ts';
import { listing } from '../domain/listing/index.ts';
import { savedSearch } from '../domain/saved-search/index.ts';

/** A record's fields by name, one level deep: `{ listPrice: 525000, 'criteria.cities': ['Boca Raton'] }`. */
export type RecordFields = Readonly<Record<string, unknown>>;

/** How the history reads one kind of record. */
export type RecordType = {
  readonly aggregate: RecordName;
  /** Its RESO resource: `Property`, `Contacts`, `Member`, `SavedSearch`. */
  readonly resourceName: string;
  readonly initialState: unknown;
  readonly evolve: (state: unknown, event: DomainEvent) => unknown;
  /** The fields of a state. */
  readonly fieldsOf: (state: unknown) => RecordFields;
  /** The title of a record for people, from its fields; `null` if it has no name. */
  readonly titleOf: (fields: RecordFields) => string | null;
};

const recordType = <Command, Event extends DomainEvent, State>(
  aggregate: RecordName,
  resourceName: string,
  decider: Decider<Command, Event, State>,
  fieldsOf: (state: State) => RecordFields,
  titleOf: (fields: RecordFields) => string | null,
): RecordType => ({
  aggregate,
  resourceName,
  initialState: decider.initialState,
  evolve: (state, event) => decider.evolve(state as State, event as Event),
  fieldsOf: (state) => fieldsOf(state as State),
  titleOf,
});

const words = (...parts: readonly unknown[]): string | null =>
  parts.filter((part) => typeof part === 'string' && part !== '').join(' ') || null;

/** The kinds of record that have a history. */
export const recordTypes: Readonly<Record<RecordName, RecordType>> = {
  listing: recordType(
    'listing',
    'Property',
    listing,
    ({ fields, previousListPrice, mergedIntoListingKey }) => ({
      ...fields,
      ...(previousListPrice === null ? {} : { previousListPrice }),
      ...(mergedIntoListingKey === null ? {} : { mergedIntoListingKey }),
    }),
    ({ listingId, unparsedAddress }) => [listingId, unparsedAddress].filter(Boolean).join(', ') || null,
  ),
  lead: recordType(
    'lead',
    'Contacts',
    lead,
    ({ fields, emailOptOut, openOffer, triedMemberKeys, inquiredListingKey, mergedIntoContactKey }) => ({
      ...fields,
      emailOptOut,
      ...(openOffer === null
        ? {}
        : {
            offeredMemberKeys: openOffer.memberKeys,
            offerKey: openOffer.offerKey,
            ...(openOffer.expiresAt === null ? {} : { offerExpiresAt: openOffer.expiresAt }),
          }),
      ...(triedMemberKeys.length === 0 ? {} : { triedMemberKeys }),
      ...(inquiredListingKey === null ? {} : { inquiredListingKey }),
      ...(mergedIntoContactKey === null ? {} : { mergedIntoContactKey }),
    }),
    ({ firstName, lastName, email, mobilePhone }) => words(firstName, lastName) ?? words(email) ?? words(mobilePhone),
  ),
  agent: recordType(
    'agent',
    'Member',
    agent,
    ({ fields, pause }) => ({
      ...fields,
      ...(pause === null
        ? {}
        : {
            pausedFrom: pause.from,
            ...(pause.to === null ? {} : { pausedTo: pause.to }),
            ...(pause.until === undefined ? {} : { pausedUntil: pause.until }),
          }),
    }),
    ({ memberFullName, memberEmail }) => words(memberFullName) ?? words(memberEmail),
  ),
  savedSearch: recordType(
    'savedSearch',
    'SavedSearch',
    savedSearch,
    ({ fields: { criteria, ...fields }, holdReasons }) => ({
      ...fields,
      ...(holdReasons.length === 0 ? {} : { onHoldYN: true, holdReasons }),
      ...Object.fromEntries(Object.entries(criteria ?? {}).map(([name, value]) => [`criteria.${name}`, value])),
    }),
    ({ savedSearchName }) => words(savedSearchName),
  ),
};

/** The name of a kind of record on the command line and in addresses: `saved-search`. */
export const slugOf = (aggregate: RecordName): string => (aggregate === 'savedSearch' ? 'saved-search' : aggregate);

/** The kind of record for a slug (`listing`, `lead`, `agent`, `saved-search`); `null` for any other word. */
export const aggregateOf = (slug: string): RecordName | null =>
  (Object.keys(recordTypes) as RecordName[]).find((name) => slugOf(name) === slug || name === slug) ?? null;

/** The kinds of record, in the order in which people see them. */
export const recordNames = Object.keys(recordTypes) as readonly RecordName[];
