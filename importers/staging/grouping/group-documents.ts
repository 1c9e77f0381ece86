import type { StagedCollection } from '../../collections.ts';
import { groupByIdentity } from './group.ts';
import { type IdentifiedHome, withSameAddress } from './same-home.ts';
import { type IdentifiedPerson, withSecondAgreement } from './second-agreement.ts';

/**
 * The rule by which documents of a collection become one record, from what they say. What it does to a document depends only
 * on the documents that are connected with it: through an identity or a record, in any number of steps.
 *
 * @param staff the identities of the brokerage's staff (see `withSecondAgreement`); they count for contacts
 * @returns the new record key of each document that has to move, by legacy ID
 */
export const groupDocuments = (
  collection: StagedCollection,
  documents: readonly (IdentifiedHome & IdentifiedPerson)[],
  staff: ReadonlySet<string>,
): ReadonlyMap<string, string> => {
  const identified =
    collection === 'properties'
      ? withSameAddress(documents)
      : withSecondAgreement(documents, collection === 'contacts' ? staff : new Set());
  // Agents that exist stay as they are (see `planAgent`).
  return groupByIdentity(identified, collection !== 'users');
};
