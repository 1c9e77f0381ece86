import type { AggregateName } from '../domain/events.ts';
import { deterministicId } from '../eventstore/event-id.ts';
import { agentReads, mapAgent } from './legacy/agents.ts';
import { activityReads, assignmentReads, mapActivity, mapAssignment } from './legacy/lead-history.ts';
import { leadReads, mapLead } from './legacy/leads.ts';
import { listingReads, mapListing } from './legacy/listings.ts';
import type { Mapping } from './legacy/mapping.ts';
import { mapSavedSearch, savedSearchReads } from './legacy/saved-searches.ts';
import type { LegacyCollection } from './source.ts';

/** The collections whose documents become events; `alerts_sent` becomes memory (see alerts-sent.ts). */
export type StagedCollection = Exclude<LegacyCollection, 'alerts_sent'>;

/** How a collection is imported. */
export type CollectionPlan = {
  readonly mapping: Mapping<object>;
  /** Whether the mapping reads a field with this name; fields that it does not read are counted. */
  readonly reads: (name: string) => boolean;
  /** The aggregate whose events its documents become. */
  readonly aggregate: AggregateName;
  /**
   * `own`: each document is a record; `shared`: likewise, but documents with the same identity are one record; `lead`:
   * a document goes into the stream of its lead.
   */
  readonly record: 'own' | 'shared' | 'lead';
  /** References without which a document is useless: it must have them, and they must exist. */
  readonly needs: readonly ('contact' | 'agent')[];
};

export const collectionPlans: Readonly<Record<StagedCollection, CollectionPlan>> = {
  users: { mapping: mapAgent, reads: agentReads, aggregate: 'agent', record: 'shared', needs: [] },
  contacts: { mapping: mapLead, reads: leadReads, aggregate: 'lead', record: 'shared', needs: [] },
  properties: { mapping: mapListing, reads: listingReads, aggregate: 'listing', record: 'shared', needs: [] },
  savedsearches: {
    mapping: mapSavedSearch,
    reads: savedSearchReads,
    aggregate: 'savedSearch',
    record: 'own',
    needs: ['contact'],
  },
  leadassignments: {
    mapping: mapAssignment,
    reads: assignmentReads,
    aggregate: 'lead',
    record: 'lead',
    needs: ['contact', 'agent'],
  },
  activities: { mapping: mapActivity, reads: activityReads, aggregate: 'lead', record: 'lead', needs: ['contact'] },
};

/** The record key for a legacy document; if several documents are one record, the key of the first one. */
export const recordKeyOf = (collection: StagedCollection, legacyId: string): string =>
  deterministicId(`${collectionPlans[collection].aggregate} ${collection}/${legacyId}`);
