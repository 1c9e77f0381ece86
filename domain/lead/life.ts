import type { LeadState, OpenOffer } from './state.ts';

/** The stages in which work on a lead has ended. The same in SQL: `isOpenLeadRow` in projections/leads/open-lead.ts. */
export const closedStages = ['Closed', 'Trash'] as const;

/**
 * The status of a lead. A lead with an agent is `assigned` whatever its stage, until it is closed or in the trash. Only an
 * `unassigned` lead waits for an offer, and only if it is new (`isNewLead`).
 *
 * ```
 * unassigned → offered → assigned → closed
 *      ↑  ↖───────┘  ↖───────┤ ↑       │
 *      └───── released ──────┘ └ reopened
 * ```
 */
export type LeadLife =
  | { readonly status: 'unknown' }
  | { readonly status: 'unassigned' }
  | { readonly status: 'offered'; readonly offer: OpenOffer }
  | { readonly status: 'assigned'; readonly memberKey: string }
  | { readonly status: 'closed'; readonly leadStage: (typeof closedStages)[number]; readonly memberKey: string | null }
  | { readonly status: 'merged'; readonly contactKey: string };

export type LeadStatus = LeadLife['status'];

export const lifeOf = (state: LeadState): LeadLife => {
  const { contactKey, mergedIntoContactKey, openOffer, fields } = state;
  const memberKey = fields.ownerMemberKey ?? null;
  if (mergedIntoContactKey !== null) return { status: 'merged', contactKey: mergedIntoContactKey };
  if (contactKey === null) return { status: 'unknown' };
  const leadStage = closedStages.find((stage) => stage === fields.leadStage);
  if (leadStage !== undefined) return { status: 'closed', leadStage, memberKey };
  if (memberKey !== null) return { status: 'assigned', memberKey };
  return openOffer === null ? { status: 'unassigned' } : { status: 'offered', offer: openOffer };
};
