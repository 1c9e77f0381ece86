import type { LeadCommandOf } from '../../domain/lead/commands.ts';
import { activityTypes } from '../../domain/lead/index.ts';
import type { Warning } from '../../domain/values.ts';
import { aheadWarning, dateWarning } from './date-warnings.ts';
import type { Reference } from './fields/ids/reference.ts';
import { readTimestamp } from './fields/times/date.ts';
import { readText } from './fields/words/text.ts';
import type { Looked } from './looked.ts';
import { type Mapped, oneOf, otherWords, type SetAside, setAside, timesOf } from './mapping.ts';
import { entryOf, isMissing, spelling } from './reading.ts';

type AssignmentStatus = LeadCommandOf<'RecordAssignment'>['status'];
type ActivityType = LeadCommandOf<'RecordActivity'>['activityType'];

/** An offer or assignment of a lead, as read from a document of the old CRM. `at` is ISO 8601. */
export type AssignmentPayload = { readonly status: AssignmentStatus; readonly agent: Reference; readonly at?: string };

/** A call, an e-mail, a showing and so on, as read from a document of the old CRM. */
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

export const assignmentStatusOf = (found: unknown): AssignmentStatus | undefined =>
  typeof found === 'string' ? entryOf(statuses, spelling(found)) : undefined;

export const assignmentSlots = ['contactKey', 'memberKey', 'status', 'at'] as const;
export type AssignmentLook = Looked<(typeof assignmentSlots)[number]>;

/** Maps an offer or assignment; sets it aside if it names no lead or no agent, or has no known status. */
export const mapAssignment = (look: AssignmentLook): Mapped<AssignmentPayload> | SetAside => {
  const contact = look.reference('contactKey').value;
  if (contact === undefined)
    return setAside('contact-missing', look.path('contactKey'), 'The document does not say which lead it is about.');
  const agent = look.reference('memberKey').value;
  if (agent === undefined)
    return setAside('agent-missing', look.path('memberKey'), 'The document does not say which agent it is about.');
  const found = look.first('status');
  const status = assignmentStatusOf(found);
  if (status === undefined) {
    return setAside(
      'status-unreadable',
      look.path('status'),
      `The status must be offered, accepted, declined, expired or reassigned. ${otherWords}`,
    );
  }
  const { at, ...warnings } = timeOf(look);
  return {
    payload: { status, agent, ...(at === undefined ? {} : { at }) },
    ...warnings,
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

export const activityTypeOf = (found: unknown): ActivityType | undefined =>
  typeof found === 'string' ? entryOf(types, spelling(found)) : undefined;

const unknownType = `openhouse knows no such type of activity. It can be ${oneOf(activityTypes)}. ${otherWords}`;

export const activitySlots = ['contactKey', 'activityType', 'at', 'body', 'memberKey'] as const;
export type ActivityLook = Looked<(typeof activitySlots)[number]>;

/** Maps a call, an e-mail, …; sets it aside if it names no lead or has no known type. */
export const mapActivity = (look: ActivityLook): Mapped<ActivityPayload> | SetAside => {
  const contact = look.reference('contactKey').value;
  if (contact === undefined)
    return setAside('contact-missing', look.path('contactKey'), 'The document does not say which lead it is about.');
  const found = look.first('activityType');
  const activityType = activityTypeOf(found);
  if (activityType === undefined) {
    const reason = isMissing(found) ? 'The document does not say what was done.' : unknownType;
    return setAside('type-unreadable', look.path('activityType'), reason);
  }
  const { at, ...warnings } = timeOf(look);
  const body = readText(look.first('body')).value;
  const agent = look.reference('memberKey').value;
  return {
    payload: {
      activityType,
      ...(at === undefined ? {} : { at }),
      ...(body === undefined ? {} : { body }),
      ...(agent === undefined ? {} : { agent }),
    },
    ...warnings,
    identities: [],
    contactRef: contact,
    ...(agent === undefined ? {} : { agentRef: agent }),
  };
};

/** The warning about when it happened, if that is in the future: the document says so, but its event is not dated by it. */
export const happenedAhead = (look: Looked<'at'>, now: Date): readonly Warning[] =>
  aheadWarning('at', readTimestamp(look.first('at')).value, now);

/** When it happened; if it does not say, when the document was created. */
const timeOf = (look: Looked<'at'>): { readonly at?: string; readonly warnings?: readonly Warning[] } => {
  const found = look.first('at');
  const at = readTimestamp(found).value ?? timesOf(look).createdAt;
  const warnings = dateWarning('at', found);
  return { ...(at === undefined ? {} : { at }), ...(warnings.length === 0 ? {} : { warnings }) };
};
