import { agentSlots } from '../legacy/agents.ts';
import { alertSentSlots } from '../legacy/alerts-sent.ts';
import { activitySlots, assignmentSlots } from '../legacy/lead-history.ts';
import { leadSlots } from '../legacy/leads.ts';
import { listingSlots } from '../legacy/listings.ts';
import { everySlot } from '../legacy/looked.ts';
import { savedSearchSlots } from '../legacy/saved-search-view.ts';
import type { LegacyCollection } from '../source.ts';

/** What a mapping can say about one record type. */
export type RecordType = {
  /** The name under which the ledger, the counts and the quarantine keep its documents, whatever the old CRM calls them. */
  readonly collection: LegacyCollection;
  /** What its documents are called, in the plural, for people. */
  readonly label: string;
  readonly slots: readonly string[];
  /** Its own keys, by which documents of other types may refer to it. */
  readonly keys: readonly string[];
  /** Slots that refer to another type. */
  readonly references: Readonly<Partial<Record<string, RecordTypeName>>>;
};

const slotsOf = (slots: readonly string[]) => [...slots, ...everySlot];

/** The record types, as a mapping file names them. */
export const recordTypes = {
  agents: {
    collection: 'users',
    label: 'agents',
    slots: slotsOf(agentSlots),
    keys: ['memberKey', 'memberMlsId'],
    references: {},
  },
  leads: {
    collection: 'contacts',
    label: 'leads',
    slots: slotsOf(leadSlots),
    keys: ['contactKey'],
    references: { ownerMemberKey: 'agents' },
  },
  listings: {
    collection: 'properties',
    label: 'listings',
    slots: slotsOf(listingSlots),
    keys: ['listingKey', 'listingId'],
    references: { listAgentKey: 'agents' },
  },
  savedSearches: {
    collection: 'savedsearches',
    label: 'saved searches',
    slots: slotsOf(savedSearchSlots),
    keys: ['savedSearchKey'],
    references: { contactKey: 'leads' },
  },
  leadAssignments: {
    collection: 'leadassignments',
    label: 'assignments',
    slots: slotsOf(assignmentSlots),
    keys: [],
    references: { contactKey: 'leads', memberKey: 'agents' },
  },
  activities: {
    collection: 'activities',
    label: 'activities',
    slots: slotsOf(activitySlots),
    keys: [],
    references: { contactKey: 'leads', memberKey: 'agents' },
  },
  alertsSent: {
    collection: 'alerts_sent',
    label: 'alerts already sent',
    slots: slotsOf(alertSentSlots),
    keys: [],
    references: { savedSearchKey: 'savedSearches', listingKey: 'listings' },
  },
} as const satisfies Readonly<Record<string, Omit<RecordType, 'references'> & { references: object }>>;

export type RecordTypeName = keyof typeof recordTypes;
export const recordTypeNames = Object.keys(recordTypes) as readonly RecordTypeName[];

export const recordType = (name: RecordTypeName): RecordType => recordTypes[name];
