import { type Known, withChanges } from '../changes.ts';
import type { LeadEvent, OfferReason } from './events.ts';
import type { LeadFields } from './schema.ts';

export type OpenOffer = {
  readonly offerKey: string;
  readonly memberKey: string;
  readonly expiresAt: string | null;
  readonly reasons: readonly OfferReason[];
};

/**
 * A lead as its events leave it. `contactKey` is `null` until it was captured; `mergedContactKeys` were leads of their own and
 * are this one now, `splitContactKeys` were a part of this one and are not any more, `mergedIntoContactKey` is the one that this is now; `triedMemberKeys` are the agents who let
 * an offer pass or expire, or whom it could not reach, since the lead last had no owner; `recordKeys` are the offers, assignments and activities that are on
 * record, so that a source that tells of one again adds nothing.
 */
export type LeadState = {
  readonly contactKey: string | null;
  readonly fields: Known<LeadFields>;
  readonly emailOptOut: boolean;
  readonly openOffer: OpenOffer | null;
  readonly triedMemberKeys: readonly string[];
  readonly recordKeys: readonly string[];
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
    case 'LeadInquired':
      return state;
    case 'LeadStageChanged':
      return changed(state, { leadStage: event.data.leadStage });
    case 'LeadOptedOut':
      return { ...state, emailOptOut: true };
    case 'LeadOptedIn':
      return { ...state, emailOptOut: false };
    case 'LeadOffered': {
      const { offerKey, memberKey, reasons, expiresAt } = event.data;
      const openOffer = { offerKey, memberKey, reasons, expiresAt: expiresAt ?? null };
      return { ...recorded(state, `${offerKey}/offered`), openOffer };
    }
    case 'LeadAccepted':
      return {
        ...recorded(changed(state, { ownerMemberKey: event.data.memberKey }), `${event.data.offerKey}/accepted`),
        openOffer: null,
        triedMemberKeys: [],
      };
    case 'LeadPassed':
      return letGo(recorded(state, `${event.data.offerKey}/passed`), event.data.memberKey);
    case 'LeadOfferExpired':
      return letGo(recorded(state, `${event.data.offerKey}/expired`), event.data.memberKey);
    case 'LeadOfferWithdrawn':
      return letGo(recorded(state, `${event.data.offerKey}/withdrawn`), event.data.memberKey);
    case 'LeadAssigned': {
      const next = changed(state, { ownerMemberKey: event.data.ownerMemberKey });
      const known = event.data.recordKey === undefined ? next : recorded(next, `${event.data.recordKey}/assigned`);
      return { ...known, openOffer: null, triedMemberKeys: [] };
    }
    case 'LeadActivityLogged':
      return recorded(state, event.data.recordKey);
    case 'LeadDetailsCorrected':
      return changed(state, event.data.changes);
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
    case 'LeadSplitFrom':
      return { ...state, mergedIntoContactKey: null };
    case 'LeadMergedInto':
      return { ...state, openOffer: null, mergedIntoContactKey: event.data.contactKey };
    default:
      return event satisfies never;
  }
};

const changed = (state: LeadState, changes: Known<LeadFields>): LeadState => ({
  ...state,
  fields: withChanges<LeadFields>(state.fields, changes),
});

const recorded = (state: LeadState, recordKey: string): LeadState => ({
  ...state,
  recordKeys: [...state.recordKeys, recordKey],
});

const letGo = (state: LeadState, memberKey: string): LeadState => ({
  ...state,
  openOffer: state.openOffer?.memberKey === memberKey ? null : state.openOffer,
  triedMemberKeys: [...new Set([...state.triedMemberKeys, memberKey])],
});
