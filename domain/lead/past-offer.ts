import type { LeadEvent } from './events.ts';

/**
 * The key of the note about an assignment in the old CRM that was already over when its contact joined a lead of
 * openhouse.
 */
export const pastAssignmentKey = (recordKey: string, status: string): string => `${recordKey}/${status}`;

/**
 * The agent to whom the old CRM had offered the lead, if a note (`pastAssignmentKey`) records such an offer. It neither
 * ends an open offer nor changes the lead's agent, but it counts for fairness.
 */
export const pastOfferTo = (event: LeadEvent): string | null =>
  event.type === 'LeadActivityLogged' && event.data.activityType === 'Note' && event.data.recordKey.endsWith('/offered')
    ? (event.data.memberKey ?? null)
    : null;
