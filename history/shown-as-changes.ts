import type { DomainEvent } from '../domain/events.ts';

type DataOf<Type> = Extract<DomainEvent, { type: Type }>['data'];

/** For each event type; a new one has to say which of its data is shown elsewhere. */
const names = {
  ListingEntered: ['listingKey'],
  ListPriceChanged: [],
  StandardStatusChanged: [],
  ListingMediaChanged: [],
  ListAgentChanged: [],
  ListingDetailsCorrected: ['changes'],
  ListingMerged: ['legacyIds'],
  ListingSplit: ['legacyIds'],
  ListingSplitFrom: ['fields'],
  ListingMergedInto: ['listingKey'],
  LeadCaptured: ['contactKey'],
  LeadInquired: ['listingKey', 'recordKey'],
  LeadStageChanged: [],
  LeadOptedOut: [],
  LeadOptedIn: [],
  LeadOffered: ['memberKeys', 'expiresAt'],
  LeadAccepted: [],
  LeadPassed: [],
  LeadOfferExpired: [],
  LeadOfferWithdrawn: [],
  LeadEscalated: [],
  LeadResponseReminded: [],
  LeadReassigned: [],
  LeadReleased: [],
  LeadReopened: [],
  LeadAssigned: ['recordKey'],
  LeadActivityLogged: [],
  LeadDetailsCorrected: ['changes'],
  LeadMerged: ['legacyIds'],
  LeadSplit: ['legacyIds'],
  LeadSplitFrom: ['fields', 'emailOptOut', 'triedMemberKeys'],
  LeadMergedInto: ['contactKey'],
  AgentJoined: ['memberKey'],
  AgentCoverageChanged: ['changes'],
  AgentPaused: ['from', 'to', 'until'],
  AgentHoursChanged: ['changes'],
  AgentResumed: [],
  MemberStatusChanged: [],
  AgentDetailsCorrected: ['changes'],
  AgentMerged: ['legacyIds'],
  SavedSearchCreated: ['savedSearchKey', 'criteria'],
  CriteriaChanged: ['criteria'],
  ScheduleTypeChanged: [],
  SearchPaused: ['reason'],
  SearchResumed: [],
  SavedSearchDetailsCorrected: ['changes'],
  SavedSearchPutOnHold: ['reasons'],
  SavedSearchHoldLifted: [],
  RoutingPolicyPublished: ['policy', 'policyVersion'],
  OwnershipChanged: ['recordType'],
  ParityRepaired: ['recordType'],
} as const satisfies { readonly [Type in DomainEvent['type']]: readonly (keyof DataOf<Type>)[] };

/**
 * The data of an event type that the history already shows as changes of fields with other names, or that only
 * identifies the record. All other data is shown as details.
 */
export const shownAsChanges = (type: DomainEvent['type']): readonly string[] => names[type];
