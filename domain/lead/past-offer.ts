import type { LeadEvent } from './events.ts';

/** The key of the note on an assignment of the old CRM that was past when its contact joined a lead of openhouse. */
export const pastAssignmentKey = (recordKey: string, status: string): string => `${recordKey}/${status}`;

/**
 * The agent to whom the old CRM had offered the lead, if that is what a note says (`pastAssignmentKey`): it ends no offer and changes no
 * agent, but it counts for fairness.
 */
export const pastOfferTo = (event: LeadEvent): string | null =>
  event.type === 'LeadActivityLogged' && event.data.activityType === 'Note' && event.data.recordKey.endsWith('/offered')
    ? (event.data.memberKey ?? null)
    : null;
