import type { Known } from '../changes.ts';
import type { ActivityType, EscalationReason, OfferCandidate, OfferMode, OfferReason, PassReason } from './events.ts';
import type { LeadStage } from './fields.ts';
import type { LeadFields } from './schema.ts';

/** The grounds on which an offer was made. */
export type OfferGrounds = {
  readonly policyVersion?: number;
  readonly rule?: string;
  readonly step?: number;
  readonly candidates?: readonly OfferCandidate[];
  readonly leftOut?: Readonly<Record<string, readonly string[]>>;
};

/**
 * The commands of a lead.
 * - `RecordLead`: a source reports the lead's present state; missing fields stay unchanged. `emailOptOut: true` opts
 *   out; `false` never opts anyone back in. `mergedContactKeys` were separate leads and turned out to be this one;
 *   `splitFromContactKey` is the lead that this one was part of; if this lead had ended when it was merged, it
 *   continues.
 * - `CorrectLead`: something on record is wrong.
 * - `RecordInquiry`: the person inquired again; the same `recordKey` counts once.
 * - `OfferLead`: one offer at a time, to one agent or several; rejected once the lead has an agent.
 * - `AcceptLead`, `PassLead`: an answer from one of the agents it was offered to. With `offerKey`, it answers that
 *   offer and no later one; with `now`, an answer after the deadline is rejected.
 * - `ExpireOffer`: the deadline has passed, according to `now`.
 * - `WithdrawOffer`: the offer could not reach this agent (default: any of its agents).
 * - `EscalateLead`: a person has to take care of it. That person has the lead from then on, unless an agent has it.
 * - `RemindOwner`: the lead is waiting for a first response.
 * - `ReassignLead`, `ReleaseLead`, `ReopenLead`: a person overrides the policy. A lead is released by the agent who has
 *   it (`memberKey`); reopening one that is neither closed nor in the trash changes nothing.
 * - `ChangeStage`: a person says how far the lead has got. A closed lead is reopened first.
 * - `AssignLead`: a source says whose lead it is (or that it has no agent).
 * - `RecordAssignment`: something that another system reports. `RecordActivity`: the same, or what a person says they did. Recorded
 *   once for each `recordKey`.
 * - `OptOut`, `OptIn`: the person's own decision.
 * - `SplitLead`: these documents turned out to be other people, who continue as `contactKeys`.
 * - `MergeLeadInto`: it turned out to be the same person as another lead, which continues; this one accepts no further
 *   commands.
 */
export type LeadCommand =
  | {
      readonly type: 'RecordLead';
      readonly contactKey: string;
      readonly fields: Known<LeadFields>;
      readonly emailOptOut?: boolean;
      readonly mergedContactKeys?: readonly string[];
      readonly splitFromContactKey?: string;
    }
  | {
      readonly type: 'SplitLead';
      readonly legacyIds: readonly string[];
      readonly contactKeys: readonly string[];
    }
  | { readonly type: 'CorrectLead'; readonly changes: Known<Omit<LeadFields, 'legacyIds'>> }
  | {
      readonly type: 'RecordInquiry';
      readonly listingKey?: string;
      readonly leadSource?: LeadFields['leadSource'];
      readonly message?: string;
      readonly recordKey?: string;
    }
  | ({
      readonly type: 'OfferLead';
      readonly offerKey: string;
      readonly memberKeys: readonly string[];
      /** Default: `bestMatch`. */
      readonly mode?: OfferMode;
      readonly score?: number;
      readonly reasons: readonly OfferReason[];
      /** Missing: the offer is open until it is answered. */
      readonly expiresAt?: string;
    } & OfferGrounds)
  | { readonly type: 'AcceptLead'; readonly memberKey: string; readonly offerKey?: string; readonly now?: string }
  | {
      readonly type: 'PassLead';
      readonly memberKey: string;
      readonly offerKey?: string;
      readonly now?: string;
      readonly passReason?: PassReason;
      readonly note?: string;
    }
  | { readonly type: 'ExpireOffer'; readonly offerKey: string; readonly now: string }
  | {
      readonly type: 'WithdrawOffer';
      readonly offerKey: string;
      readonly memberKey?: string;
      readonly reason: string;
    }
  | {
      readonly type: 'EscalateLead';
      readonly memberKey: string;
      readonly escalationReason: EscalationReason;
      readonly detail: string;
      readonly policyVersion?: number;
      readonly rule?: string;
    }
  | { readonly type: 'RemindOwner'; readonly memberKey: string }
  | { readonly type: 'ReassignLead'; readonly memberKey: string }
  | { readonly type: 'ReleaseLead'; readonly memberKey: string }
  | { readonly type: 'ReopenLead' }
  | { readonly type: 'ChangeStage'; readonly leadStage: LeadStage }
  | { readonly type: 'AssignLead'; readonly ownerMemberKey: string | null }
  | {
      readonly type: 'RecordAssignment';
      readonly recordKey: string;
      readonly memberKey: string;
      readonly status: 'offered' | 'accepted' | 'passed' | 'expired' | 'assigned';
    }
  | {
      readonly type: 'RecordActivity';
      readonly recordKey: string;
      readonly activityType: ActivityType;
      readonly body?: string;
      readonly memberKey?: string;
    }
  | { readonly type: 'OptOut' }
  | { readonly type: 'OptIn' }
  | { readonly type: 'MergeLeadInto'; readonly contactKey: string };

export type LeadCommandOf<Type extends LeadCommand['type']> = Extract<LeadCommand, { type: Type }>;
