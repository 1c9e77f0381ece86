import { type RawBuilder, sql } from 'kysely';
import { minutesOf, type Policy } from '../../domain/routing-policy/index.ts';
import { hasUnclearStage } from '../../projections/leads/new-lead.ts';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';

/** `waiting`: no agent, and not on offer. */
export const leadListStatuses = ['waiting', 'offered', 'assigned', 'closed'] as const;
export type LeadListStatus = (typeof leadListStatuses)[number];

/** SQL on a row of `read.leads`: its status. */
export const statusOfRow: RawBuilder<LeadListStatus> = sql<LeadListStatus>`(
  case when not ${isOpenLeadRow} then 'closed'
    when owner_member_key is not null then 'assigned'
    when offer_key is not null then 'offered'
    else 'waiting' end
)`;

/** The stage of leads whose stage in the old CRM was not understood. */
export const unclearStage = 'Not understood';

/** SQL on a row of `read.leads`: its stage as people see it. */
export const stageOfRow: RawBuilder<string> = sql<string>`(
  case when ${hasUnclearStage} then ${sql.lit(unclearStage)} else coalesce(lead_stage, 'New') end
)`;

/** SQL on a row of `read.leads`: the agents who have it, or have it on offer. */
export const memberKeysOfRow: RawBuilder<string[]> = sql<string[]>`(
  case when owner_member_key is not null then array[owner_member_key] else coalesce(offered_member_keys, '{}') end
)`;

/** How long an agent has to get in touch with a lead, in minutes; `null`: the policy does not say. */
export const responseMinutes = ({ firstResponse: { remindAfter, escalateAfter } = {} }: Policy): number | null => {
  const first = remindAfter ?? escalateAfter;
  return first === undefined ? null : minutesOf(first);
};

/**
 * SQL on a row of `read.leads`: until when an agent has to act, by accepting the lead or (since they got it in openhouse) by getting
 * in touch; null when nothing is due.
 */
export const dueAtOfRow = (minutes: number | null): RawBuilder<Date | null> => sql<Date | null>`(
  case when not ${isOpenLeadRow} then null
    when owner_member_key is null then offer_expires_at
    when first_response_at is null and assigned_how in ('accepted', 'byHand', 'escalated')
      then assigned_at + ${minutes}::float8 * interval '1 minute' end
)`;
