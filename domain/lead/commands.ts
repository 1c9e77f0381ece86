import type { z } from 'zod';
import type { Known } from '../changes.ts';
import type {
  activityTypeSchema,
  EscalationReason,
  OfferCandidate,
  OfferMode,
  OfferReason,
  PassReason,
} from './events.ts';
import type { LeadFields } from './schema.ts';

/** What an offer was decided by. */
export type OfferGrounds = {
  readonly policyVersion?: number;
  readonly rule?: string;
  readonly step?: number;
  readonly candidates?: readonly OfferCandidate[];
  readonly leftOut?: Readonly<Record<string, readonly string[]>>;
};

/**
 * What can be asked of a lead.
 * - `RecordLead`: a source says how the lead is now; missing fields are left alone. `emailOptOut: true` opts out;
 *   `false` never opts anybody in again. `mergedContactKeys` were leads of their own and turned out to be this one; `splitFromContactKey`
 *   is the one that this had been a part of: a lead that ended there goes on.
 * - `CorrectLead`: what we recorded is wrong.
 * - `RecordInquiry`: the person asked about something again; the same `recordKey` counts once.
 * - `OfferLead`: one offer at a time, to one agent or several; refused once the lead has an agent.
 * - `AcceptLead`, `PassLead`: an answer by one of the agents it was offered to. With `offerKey`, it answers that offer and no later
 *   one; with `now`, an answer after the deadline is refused.
 * - `ExpireOffer`: the deadline has passed, says `now`.
 * - `WithdrawOffer`: the offer could not reach this agent (default: any of its agents).
 * - `EscalateLead`: a person has to see to it. They have the lead from then on, unless an agent has it.
 * - `RemindOwner`: the lead waits for a first response.
 * - `ReassignLead`, `ReleaseLead`, `ReopenLead`: a person overrides what the policy did. A lead is released by the agent who
 *   has it (`memberKey`); reopening one that is neither closed nor in the trash changes nothing.
 * - `AssignLead`: a source says whose lead it is (or that it is no one's).
 * - `RecordAssignment`, `RecordActivity`: what another system says happened; on record once for each `recordKey`.
 * - `OptOut`, `OptIn`: the person said so.
 * - `SplitLead`: these documents turned out to be other people, who go on as `contactKeys`.
 * - `MergeLeadInto`: it turned out to be the same person as another lead, which goes on; nothing more can be asked of this one.
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
      /** Default: to whoever fits best. */
      readonly mode?: OfferMode;
      readonly score?: number;
      readonly reasons: readonly OfferReason[];
      /** Missing: it stands until it is answered. */
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
      readonly activityType: z.infer<typeof activityTypeSchema>;
      readonly body?: string;
      readonly memberKey?: string;
    }
  | { readonly type: 'OptOut' }
  | { readonly type: 'OptIn' }
  | { readonly type: 'MergeLeadInto'; readonly contactKey: string };

export type LeadCommandOf<Type extends LeadCommand['type']> = Extract<LeadCommand, { type: Type }>;
