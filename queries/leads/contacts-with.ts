import { streamName } from '../../domain/events.ts';
import type { ActivityType, LeadEvent, LeadState } from '../../domain/lead/index.ts';
import { isResponse } from '../../domain/lead/responses.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';

/** Something between the brokerage and a lead: a call, an inquiry, a note, … */
export type ContactWith = {
  /** ISO 8601; `null`: not known. */
  readonly at: string | null;
  readonly kind: string;
  /** Whether someone got in touch with the lead, see `isResponse`. */
  readonly responseYN: boolean;
  readonly text: string | null;
  readonly memberKey: string | null;
  /** The home that it is about. */
  readonly listingKey: string | null;
};

/** The newest inquiries, activities and notes of a lead, newest first, and how many there are. */
export const readContactsWith = async (
  store: Pick<EventStore, 'readStream'>,
  { contactKey, fields }: Pick<LeadState, 'fields'> & { readonly contactKey: string },
  limit: number,
): Promise<{ readonly total: number; readonly rows: readonly ContactWith[] }> => {
  const found: ContactWith[] = (fields.notes ?? []).map(({ text, memberKey = null, at = null }) => ({
    at,
    kind: 'Note',
    responseYN: false,
    text,
    memberKey,
    listingKey: null,
  }));
  for await (const stored of store.readStream(streamName('lead', contactKey))) {
    if (!isReadable(stored)) continue;
    const event = stored.event as LeadEvent;
    const at = stored.metadata.occurredAt;
    if (event.type === 'LeadActivityLogged') {
      const { activityType, body = null, memberKey = null } = event.data;
      found.push({
        at,
        kind: activityLabel(activityType),
        responseYN: isResponse(activityType),
        text: body,
        memberKey,
        listingKey: null,
      });
    }
    if (event.type === 'LeadInquired') {
      const { message = null, listingKey = null } = event.data;
      found.push({ at, kind: 'Inquiry', responseYN: false, text: message, memberKey: null, listingKey });
    }
  }
  const newestFirst = found.sort((one, other) => (other.at ?? '').localeCompare(one.at ?? ''));
  return { total: found.length, rows: newestFirst.slice(0, limit) };
};

const otherLabels: Partial<Record<ActivityType, string>> = {
  Email: 'E-mail',
  SMS: 'Text message',
  'Site Visit': 'Site visit',
};

/** An activity's type as people say it. */
export const activityLabel = (type: ActivityType): string => otherLabels[type] ?? type;
