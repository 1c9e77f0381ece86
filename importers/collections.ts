import type { AggregateName } from '../domain/events.ts';
import { deterministicId } from '../eventstore/event-id.ts';
import { mapAgent } from './legacy/agents.ts';
import { mapActivity, mapAssignment } from './legacy/lead-history.ts';
import { mapLead } from './legacy/leads.ts';
import { mapListing } from './legacy/listings.ts';
import type { Mapping } from './legacy/mapping.ts';
import { mapSavedSearch } from './legacy/saved-searches.ts';
import type { LegacyCollection } from './source.ts';

/** The collections whose documents become events; `alerts_sent` becomes memory (see alerts-sent.ts). */
export type StagedCollection = Exclude<LegacyCollection, 'alerts_sent'>;

/** What becomes of a collection's documents. */
export type CollectionPlan = {
  readonly mapping: Mapping<object>;
  /** Whose events its documents give. */
  readonly aggregate: AggregateName;
  /**
   * `own`: a document is a record of its own; `shared`: as own, but documents with the same identity are one record;
   * `lead`: a document belongs into the stream of its lead.
   */
  readonly record: 'own' | 'shared' | 'lead';
  /** What a document must name, and what must be there, for it to say anything. */
  readonly needs: readonly ('contact' | 'agent')[];
};

export const collectionPlans: Readonly<Record<StagedCollection, CollectionPlan>> = {
  users: { mapping: mapAgent, aggregate: 'agent', record: 'shared', needs: [] },
  contacts: { mapping: mapLead, aggregate: 'lead', record: 'shared', needs: [] },
  properties: { mapping: mapListing, aggregate: 'listing', record: 'shared', needs: [] },
  savedsearches: { mapping: mapSavedSearch, aggregate: 'savedSearch', record: 'own', needs: ['contact'] },
  leadassignments: { mapping: mapAssignment, aggregate: 'lead', record: 'lead', needs: ['contact', 'agent'] },
  activities: { mapping: mapActivity, aggregate: 'lead', record: 'lead', needs: ['contact'] },
};

/** The key of the record that a legacy document is entered as; of several for one thing, the first one's. */
export const recordKeyOf = (collection: StagedCollection, legacyId: string): string =>
  deterministicId(`${collectionPlans[collection].aggregate} ${collection}/${legacyId}`);
