import type { AggregateName } from '../domain/events.ts';
import { deterministicId } from '../eventstore/event-id.ts';
import { mapAgent } from './legacy/agents.ts';
import { consentKindOf } from './legacy/consent/names.ts';
import { withDateWarnings } from './legacy/date-warnings.ts';
import { mapActivity, mapAssignment } from './legacy/lead-history.ts';
import { mapLead } from './legacy/leads.ts';
import { mapListing } from './legacy/listings.ts';
import type { Looked } from './legacy/looked.ts';
import type { Mapped, SetAside } from './legacy/mapping.ts';
import { mapSavedSearchIn, savedSearchReads } from './legacy/saved-searches.ts';
import type { LegacyCollection } from './source.ts';

/** The collections whose documents become events; `alerts_sent` becomes memory (see alerts-sent.ts). */
export type StagedCollection = Exclude<LegacyCollection, 'alerts_sent'>;

/** How a collection is imported. */
export type CollectionPlan = {
  /** Turns a document, seen through a mapping, into our terms. */
  readonly map: (look: Looked<string>) => Mapped<object> | SetAside;
  /** Fields that are read by their names, whatever the mapping says. Fields that nothing reads are counted. */
  readonly readsByName: (parent: string, name: string) => boolean;
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

const byNameNever = () => false;

export const collectionPlans: Readonly<Record<StagedCollection, CollectionPlan>> = {
  users: { map: withDateWarnings(mapAgent), readsByName: byNameNever, aggregate: 'agent', record: 'shared', needs: [] },
  contacts: {
    map: withDateWarnings(mapLead),
    // Consent is read from any field whose name clearly is about it.
    readsByName: (parent, name) => consentKindOf(parent, name) !== undefined,
    aggregate: 'lead',
    record: 'shared',
    needs: [],
  },
  properties: {
    map: withDateWarnings(mapListing),
    readsByName: byNameNever,
    aggregate: 'listing',
    record: 'shared',
    needs: [],
  },
  savedsearches: {
    map: withDateWarnings(mapSavedSearchIn),
    readsByName: (parent, name) => parent === '' && savedSearchReads(name),
    aggregate: 'savedSearch',
    record: 'own',
    needs: ['contact'],
  },
  leadassignments: {
    map: withDateWarnings(mapAssignment),
    readsByName: byNameNever,
    aggregate: 'lead',
    record: 'lead',
    needs: ['contact', 'agent'],
  },
  activities: {
    map: withDateWarnings(mapActivity),
    readsByName: byNameNever,
    aggregate: 'lead',
    record: 'lead',
    needs: ['contact'],
  },
};

/** The record key for a legacy document; if several documents are one record, the key of the first one. */
export const recordKeyOf = (collection: StagedCollection, legacyId: string): string =>
  deterministicId(`${collectionPlans[collection].aggregate} ${collection}/${legacyId}`);

/** The record key for a document that is on its own again, while other documents continue the record that it started. */
export const spareKeyOf = (collection: StagedCollection, legacyId: string): string =>
  deterministicId(`${recordKeyOf(collection, legacyId)} again`);
