import { type Known, withChanges } from '../changes.ts';
import type { LeadEvent, OfferMode, OfferReason } from './events.ts';
import { isResponse } from './responses.ts';
import type { LeadFields } from './schema.ts';

export type OpenOffer = {
  readonly offerKey: string;
  /** The agents who can still accept it. */
  readonly memberKeys: readonly string[];
  readonly mode: OfferMode;
  readonly expiresAt: string | null;
  readonly reasons: readonly OfferReason[];
  /** The rule of the policy, and the step of its chain; `null` for offers of the old CRM and those made by hand. */
  readonly rule: string | null;
  readonly step: number | null;
};

/** How far the chain of a rule has got: the step, and how many offers were made in it. */
export type ChainPlace = {
  readonly policyVersion: number;
  readonly rule: string;
  readonly step: number;
  readonly offers: number;
};

/** Tracks the first response to a lead that came to an agent in openhouse, and what was done if there was none. */
export type FirstResponse = {
  readonly memberKey: string;
  readonly responded: boolean;
  readonly reminded: boolean;
  readonly escalated: boolean;
};

/**
 * The state of a lead. `contactKey` is `null` until it was captured. `mergedContactKeys` were separate leads and are
 * now part of this one; `splitContactKeys` were part of this one and no longer are; this lead is now part of
 * `mergedIntoContactKey`. `triedMemberKeys` are the agents who passed, did not answer, or could not be reached since
 * the lead last had no owner. `recordKeys` are the offers, assignments and activities on record, so that a source that
 * reports one again adds nothing. `firstResponse` is tracked from when the lead came to its agent in openhouse.
 * `inquiredListingKey` is the listing of the last inquiry. `lastStep` is the step of the rule's chain that the last
 * offer reached since the lead last had no owner.
 */
export type LeadState = {
  readonly contactKey: string | null;
  readonly fields: Known<LeadFields>;
  readonly emailOptOut: boolean;
  readonly openOffer: OpenOffer | null;
  readonly triedMemberKeys: readonly string[];
  readonly recordKeys: readonly string[];
  readonly firstResponse: FirstResponse | null;
  readonly inquiredListingKey: string | null;
  readonly lastStep: ChainPlace | null;
  readonly mergedContactKeys: readonly string[];
  readonly splitContactKeys: readonly string[];
  readonly mergedIntoContactKey: string | null;
};

export const initialState: LeadState = {
  contactKey: null,
  fields: {},
  emailOptOut: false,
  openOffer: null,
  triedMemberKeys: [],
  recordKeys: [],
  firstResponse: null,
  inquiredListingKey: null,
  lastStep: null,
  mergedContactKeys: [],
  splitContactKeys: [],
  mergedIntoContactKey: null,
};

export const evolve = (state: LeadState, event: LeadEvent): LeadState => {
  switch (event.type) {
    case 'LeadCaptured': {
      const { contactKey, ...fields } = event.data;
      return { ...state, contactKey, fields: withChanges<LeadFields>(state.fields, fields) };
    }
    case 'LeadInquired': {
      const { listingKey, recordKey } = event.data;
      const next = recordKey === undefined ? state : recorded(state, recordKey);
      return listingKey === undefined ? next : { ...next, inquiredListingKey: listingKey };
    }
    case 'LeadStageChanged':
      return staged(state, event.data.leadStage);
    case 'LeadOptedOut':
      return { ...state, emailOptOut: true };
    case 'LeadOptedIn':
      return { ...state, emailOptOut: false };
    case 'LeadOffered': {
      const { offerKey, memberKeys, reasons, expiresAt, mode = 'bestMatch', rule = null, step = null } = event.data;
      const openOffer = { offerKey, memberKeys, mode, reasons, expiresAt: expiresAt ?? null, rule, step };
      const { policyVersion = 0 } = event.data;
      const lastStep = rule === null || step === null ? state.lastStep : place(state, { policyVersion, rule, step });
      return { ...recorded(state, `${offerKey}/offered`), openOffer, lastStep };
    }
    case 'LeadAccepted':
      return owned(recorded(state, `${event.data.offerKey}/accepted`), event.data.memberKey);
    case 'LeadPassed':
      return letGo(recorded(state, `${event.data.offerKey}/passed`), [event.data.memberKey]);
    case 'LeadOfferExpired':
      return letGo(recorded(state, `${event.data.offerKey}/expired`), event.data.memberKeys);
    case 'LeadOfferWithdrawn':
      return letGo(recorded(state, `${event.data.offerKey}/withdrawn`), [event.data.memberKey]);
    case 'LeadEscalated':
      if (event.data.escalationReason !== 'no-first-response') return owned(state, event.data.memberKey);
      return { ...state, firstResponse: state.firstResponse && { ...state.firstResponse, escalated: true } };
    case 'LeadResponseReminded':
      return { ...state, firstResponse: state.firstResponse && { ...state.firstResponse, reminded: true } };
    case 'LeadReassigned':
      return owned(state, event.data.ownerMemberKey);
    case 'LeadReleased':
      return letGo(owned(state, null), [event.data.previousOwnerMemberKey]);
    case 'LeadReopened':
      return { ...owned(state, state.fields.ownerMemberKey ?? null), triedMemberKeys: [] };
    case 'LeadAssigned': {
      const { ownerMemberKey, recordKey } = event.data;
      const known = recordKey === undefined ? state : recorded(state, `${recordKey}/assigned`);
      return { ...owned(known, ownerMemberKey), firstResponse: null };
    }
    case 'LeadActivityLogged': {
      const next = recorded(state, event.data.recordKey);
      return isResponse(event.data.activityType) ? responded(next) : next;
    }
    case 'LeadDetailsCorrected': {
      const { leadStage } = event.data.changes;
      const next = changed(state, event.data.changes);
      return leadStage ? staged(next, leadStage) : next;
    }
    case 'LeadMerged': {
      const { legacyIds, contactKeys = [] } = event.data;
      const next = changed(state, { legacyIds: [...new Set([...(state.fields.legacyIds ?? []), ...legacyIds])] });
      return {
        ...next,
        mergedContactKeys: [...new Set([...state.mergedContactKeys, ...contactKeys])],
        splitContactKeys: state.splitContactKeys.filter((key) => !contactKeys.includes(key)),
      };
    }
    case 'LeadSplit': {
      const { legacyIds, contactKeys } = event.data;
      const next = changed(state, { legacyIds: state.fields.legacyIds?.filter((id) => !legacyIds.includes(id)) ?? [] });
      return {
        ...next,
        mergedContactKeys: state.mergedContactKeys.filter((key) => !contactKeys.includes(key)),
        splitContactKeys: [...new Set([...state.splitContactKeys, ...contactKeys])],
      };
    }
    case 'LeadSplitFrom': {
      const { legacyIds } = event.data.fields ?? {};
      return { ...(legacyIds ? changed(state, { legacyIds }) : state), mergedIntoContactKey: null };
    }
    case 'LeadMergedInto':
      return { ...state, openOffer: null, mergedIntoContactKey: event.data.contactKey };
    default:
      return event satisfies never;
  }
};

const place = ({ lastStep }: LeadState, at: Omit<ChainPlace, 'offers'>): ChainPlace => {
  const same = lastStep?.policyVersion === at.policyVersion && lastStep.rule === at.rule && lastStep.step === at.step;
  return { ...at, offers: same ? lastStep.offers + 1 : 1 };
};

const changed = (state: LeadState, changes: Known<LeadFields>): LeadState => ({
  ...state,
  fields: withChanges<LeadFields>(state.fields, changes),
});

const recorded = (state: LeadState, recordKey: string): LeadState => ({
  ...state,
  recordKeys: [...state.recordKeys, recordKey],
});

/**
 * The lead now has this agent (or none): any open offer ends, and the chain starts over if the lead is without an agent
 * again.
 */
const owned = (state: LeadState, ownerMemberKey: string | null): LeadState => ({
  ...changed(state, { ownerMemberKey }),
  openOffer: null,
  triedMemberKeys: [],
  lastStep: null,
  firstResponse:
    ownerMemberKey === null ? null : { memberKey: ownerMemberKey, responded: false, reminded: false, escalated: false },
});

const letGo = (state: LeadState, memberKeys: readonly string[]): LeadState => {
  const { openOffer } = state;
  const left = openOffer?.memberKeys.filter((key) => !memberKeys.includes(key)) ?? [];
  return {
    ...state,
    openOffer: openOffer === null || left.length === 0 ? null : { ...openOffer, memberKeys: left },
    triedMemberKeys: [...new Set([...state.triedMemberKeys, ...memberKeys])],
  };
};

const responded = (state: LeadState): LeadState =>
  state.firstResponse === null ? state : { ...state, firstResponse: { ...state.firstResponse, responded: true } };

/** Moving a lead on from New counts as a first response. */
const staged = (state: LeadState, leadStage: LeadFields['leadStage']): LeadState => {
  const next = changed(state, { leadStage });
  return leadStage === 'New' ? next : responded(next);
};
