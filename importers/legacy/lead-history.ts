import type { LeadCommandOf } from '../../domain/lead/commands.ts';
import { type Reference, readReference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { readText } from './fields/words/text.ts';
import { type DocumentWith, type Mapped, readsOnly, type SetAside, setAside, timesOf } from './mapping.ts';
import { entryOf, isMissing, spelling } from './reading.ts';

type AssignmentStatus = LeadCommandOf<'RecordAssignment'>['status'];
type ActivityType = LeadCommandOf<'RecordActivity'>['activityType'];

/** An offer or assignment of a lead, as read from a document of `leadassignments`. `at` is ISO 8601. */
export type AssignmentPayload = { readonly status: AssignmentStatus; readonly agent: Reference; readonly at?: string };

/** A call, an e-mail, a showing, …, as read from a document of `activities`. */
export type ActivityPayload = {
  readonly activityType: ActivityType;
  readonly at?: string;
  readonly body?: string;
  readonly agent?: Reference;
};

const statuses: Record<string, AssignmentStatus> = {
  offered: 'offered',
  accepted: 'accepted',
  declined: 'passed',
  passed: 'passed',
  expired: 'expired',
  reassigned: 'assigned',
  assigned: 'assigned',
};

/** The fields that this mapping reads. */
const assignmentNames = ['contactId', 'agentId', 'status', 'at'] as const;
type AssignmentDocument = DocumentWith<(typeof assignmentNames)[number]>;
export const assignmentReads = readsOnly(assignmentNames);

/** Maps a document of `leadassignments`; sets it aside if it names no lead or no agent, or has no known status. */
export const mapAssignment = (document: AssignmentDocument): Mapped<AssignmentPayload> | SetAside => {
  const contact = readReference(document.contactId).value;
  if (contact === undefined)
    return setAside('contact-missing', 'contactId', 'The document does not say which lead it is about.');
  const agent = readReference(document.agentId).value;
  if (agent === undefined)
    return setAside('agent-missing', 'agentId', 'The document does not say which agent it is about.');
  const status = typeof document.status === 'string' ? entryOf(statuses, spelling(document.status)) : undefined;
  if (status === undefined) {
    return setAside(
      'status-unreadable',
      'status',
      'The status must be offered, accepted, declined, expired or reassigned.',
    );
  }
  const at = timeOf(document);
  return {
    payload: { status, agent, ...(at === undefined ? {} : { at }) },
    identities: [],
    contactRef: contact,
    agentRef: agent,
  };
};

const types: Record<string, ActivityType> = {
  call: 'Call',
  phone: 'Call',
  email: 'Email',
  sms: 'SMS',
  text: 'SMS',
  note: 'Note',
  showing: 'Showing',
  sitevisit: 'Site Visit',
};

/** The fields that this mapping reads. */
const activityNames = ['contactId', 'type', 'at', 'body', 'userId'] as const;
type ActivityDocument = DocumentWith<(typeof activityNames)[number]>;
export const activityReads = readsOnly(activityNames);

/** Maps a document of `activities`; sets it aside if it names no lead or has no known type. */
export const mapActivity = (document: ActivityDocument): Mapped<ActivityPayload> | SetAside => {
  const contact = readReference(document.contactId).value;
  if (contact === undefined)
    return setAside('contact-missing', 'contactId', 'The document does not say which lead it is about.');
  const activityType = typeof document.type === 'string' ? entryOf(types, spelling(document.type)) : undefined;
  if (activityType === undefined) {
    const reason = isMissing(document.type)
      ? 'The document does not say what was done.'
      : 'There is no such type of activity.';
    return setAside('type-unreadable', 'type', reason);
  }
  const at = timeOf(document);
  const body = readText(document.body).value;
  const agent = readReference(document.userId).value;
  return {
    payload: {
      activityType,
      ...(at === undefined ? {} : { at }),
      ...(body === undefined ? {} : { body }),
      ...(agent === undefined ? {} : { agent }),
    },
    identities: [],
    contactRef: contact,
    ...(agent === undefined ? {} : { agentRef: agent }),
  };
};

const timeOf = (document: DocumentWith<'at'>): string | undefined =>
  readTimestamp(document.at).value ?? timesOf(document).createdAt;
