import type { z } from 'zod';
import type { Known } from '../changes.ts';
import type { activityTypeSchema, OfferReason } from './events.ts';
import type { LeadFields } from './schema.ts';

/**
 * What can be asked of a lead.
 * - `RecordLead`: a source says how the lead is now; missing fields are left alone. `emailOptOut: true` opts out;
 *   `false` never opts anybody in again. `mergedContactKeys` were leads of their own and turned out to be this one; `splitFromContactKey`
 *   is the one that this had been a part of: a lead that ended there goes on.
 * - `CorrectLead`: what we recorded is wrong.
 * - `RecordInquiry`: the person asked about something again.
 * - `OfferLead`, `AcceptLead`, `PassLead`, `ExpireOffer`: one offer at a time, answered by the agent it was made to.
 * - `WithdrawOffer`: the offer could not reach its agent.
 * - `AssignLead`: assign the lead to an agent (or to no one) without an offer.
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
    }
  | {
      readonly type: 'OfferLead';
      readonly offerKey: string;
      readonly memberKey: string;
      readonly score: number;
      readonly reasons: readonly OfferReason[];
      readonly expiresAt: string;
    }
  | { readonly type: 'AcceptLead'; readonly memberKey: string }
  | { readonly type: 'PassLead'; readonly memberKey: string }
  | { readonly type: 'ExpireOffer'; readonly offerKey: string; readonly now: string }
  | { readonly type: 'WithdrawOffer'; readonly offerKey: string; readonly reason: string }
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
