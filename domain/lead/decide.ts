import { changedFields, hasFields, knownFields, remaining, sameValue } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import type { LeadCommand, LeadCommandOf } from './commands.ts';
import type { LeadEvent } from './events.ts';
import {
  acceptOffer,
  changeStage,
  escalate,
  expire,
  offer,
  passOffer,
  reassign,
  release,
  remind,
  reopen,
  withdraw,
} from './routing.ts';
import type { LeadFields } from './schema.ts';
import { evolve, type LeadState } from './state.ts';

export const decide = (command: LeadCommand, state: LeadState): Decision<LeadEvent> => {
  if (state.mergedIntoContactKey !== null) {
    if (command.type === 'MergeLeadInto' && command.contactKey === state.mergedIntoContactKey) return accept();
    if (command.type === 'RecordLead' && command.splitFromContactKey !== undefined) {
      return goOn(command, command.splitFromContactKey, state);
    }
    return reject('lead-merged', `This lead was merged into lead ${state.mergedIntoContactKey}`);
  }
  if (command.type === 'RecordLead') return recordLead(command, state);
  if (state.contactKey === null) return reject('lead-unknown', 'There is no such lead');
  switch (command.type) {
    case 'CorrectLead':
      return correct(command, state);
    case 'RecordInquiry': {
      const { type: _, ...data } = command;
      const known = command.recordKey !== undefined && state.recordKeys.includes(command.recordKey);
      return known ? accept() : accept({ type: 'LeadInquired', data });
    }
    case 'OfferLead':
      return offer(command, state);
    case 'AcceptLead':
      return acceptOffer(command, state);
    case 'PassLead':
      return passOffer(command, state);
    case 'ExpireOffer':
      return expire(command, state);
    case 'WithdrawOffer':
      return withdraw(command, state);
    case 'EscalateLead':
      return escalate(command, state);
    case 'RemindOwner':
      return remind(command.memberKey, state);
    case 'ReassignLead':
      return reassign(command.memberKey, state);
    case 'ReleaseLead':
      return release(command.memberKey, state);
    case 'ReopenLead':
      return reopen(state);
    case 'ChangeStage':
      return changeStage(command.leadStage, state);
    case 'AssignLead':
      return assign(command.ownerMemberKey, state);
    case 'RecordAssignment':
      return recordAssignment(command, state);
    case 'RecordActivity': {
      const { type: _, ...data } = command;
      return state.recordKeys.includes(command.recordKey) ? accept() : accept({ type: 'LeadActivityLogged', data });
    }
    case 'OptOut':
      return state.emailOptOut ? accept() : accept({ type: 'LeadOptedOut', data: {} });
    case 'OptIn':
      return state.emailOptOut ? accept({ type: 'LeadOptedIn', data: {} }) : accept();
    case 'SplitLead':
      return split(command, state);
    case 'MergeLeadInto':
      return command.contactKey === state.contactKey
        ? reject('lead-same', 'A lead cannot be merged into itself')
        : accept({ type: 'LeadMergedInto', data: { contactKey: command.contactKey } });
    default:
      return command satisfies never;
  }
};

/** Other documents, and records, that turned out to be this lead. */
const merged = (legacyIds: readonly string[], contactKeys: readonly string[]): LeadEvent[] => {
  if (legacyIds.length + contactKeys.length === 0) return [];
  const data = { legacyIds: [...legacyIds], ...(contactKeys.length > 0 ? { contactKeys: [...contactKeys] } : {}) };
  return [{ type: 'LeadMerged', data }];
};

/** The lead continues as it was when it ended, and is then updated from the source. */
const goOn = (command: LeadCommandOf<'RecordLead'>, contactKey: string, state: LeadState): Decision<LeadEvent> => {
  const { emailOptOut, triedMemberKeys } = state;
  const fields = { ...knownFields<LeadFields>(state.fields), ...remaining(state.fields, command.fields) };
  const asItWas = { fields, emailOptOut, triedMemberKeys: [...triedMemberKeys] };
  const parted: LeadEvent = { type: 'LeadSplitFrom', data: { contactKey, ...asItWas } };
  const rest = recordLead(command, evolve(state, parted));
  return 'rejected' in rest ? rest : accept(parted, ...rest.accepted);
};

const split = ({ legacyIds, contactKeys }: LeadCommandOf<'SplitLead'>, state: LeadState): Decision<LeadEvent> => {
  const gone = legacyIds.filter((id) => state.fields.legacyIds?.includes(id));
  const keys = contactKeys.filter((key) => !state.splitContactKeys.includes(key));
  if (gone.length + keys.length === 0) return accept();
  return accept({ type: 'LeadSplit', data: { legacyIds: gone, contactKeys: keys } });
};

const reachable = (fields: { email?: string | null; mobilePhone?: string | null }) =>
  Boolean(fields.email) || Boolean(fields.mobilePhone);
const unreachable = reject('contact-required', 'A lead must keep an e-mail address or a phone number', 'email');

const recordLead = (command: LeadCommandOf<'RecordLead'>, state: LeadState): Decision<LeadEvent> => {
  const optOut: LeadEvent[] =
    command.emailOptOut === true && !state.emailOptOut ? [{ type: 'LeadOptedOut', data: {} }] : [];
  const mergedKeys = (command.mergedContactKeys ?? []).filter((key) => !state.mergedContactKeys.includes(key));
  if (state.contactKey === null) {
    if (!reachable(command.fields)) {
      return reject('contact-missing', 'A lead needs an e-mail address or a phone number', 'email');
    }
    const data = { contactKey: command.contactKey, ...knownFields(command.fields) };
    const { splitFromContactKey } = command;
    const parted: LeadEvent[] =
      splitFromContactKey === undefined ? [] : [{ type: 'LeadSplitFrom', data: { contactKey: splitFromContactKey } }];
    return accept<LeadEvent>({ type: 'LeadCaptured', data }, ...parted, ...optOut, ...merged([], mergedKeys));
  }
  const changes = changedFields<LeadFields>(state.fields, command.fields);
  if (!reachable({ ...state.fields, ...changes })) return unreachable;
  const { leadStage, ownerMemberKey, legacyIds, ...details } = changes;
  const events: LeadEvent[] = [...optOut];
  if (leadStage) {
    const previousLeadStage = state.fields.leadStage ?? null;
    events.push({ type: 'LeadStageChanged', data: { leadStage, previousLeadStage } });
  }
  if (ownerMemberKey !== undefined) events.push(assigned(ownerMemberKey, state));
  // If the source has no stage, the lead keeps its own. If the source's stage was not understood, the lead's stage is
  // no longer right either.
  const unclear = leadStage === null && command.fields.warnings?.some(({ field }) => field === 'leadStage');
  const told = unclear ? { ...details, leadStage } : details;
  if (hasFields(told)) events.push({ type: 'LeadDetailsCorrected', data: { changes: told } });
  const joined = (legacyIds ?? []).filter((id) => !state.fields.legacyIds?.includes(id));
  return accept(...events, ...merged(joined, mergedKeys));
};

const correct = (command: LeadCommandOf<'CorrectLead'>, state: LeadState): Decision<LeadEvent> => {
  const changes = changedFields<Omit<LeadFields, 'legacyIds'>>(state.fields, command.changes, sameValue);
  if (!reachable({ ...state.fields, ...changes })) return unreachable;
  const { ownerMemberKey, ...details } = changes;
  const events: LeadEvent[] = [];
  if (ownerMemberKey !== undefined) events.push(assigned(ownerMemberKey, state));
  if (hasFields(details)) events.push({ type: 'LeadDetailsCorrected', data: { changes: details } });
  return accept(...events);
};

const assign = (ownerMemberKey: string | null, state: LeadState): Decision<LeadEvent> =>
  (state.fields.ownerMemberKey ?? null) === ownerMemberKey ? accept() : accept(assigned(ownerMemberKey, state));

const assigned = (ownerMemberKey: string | null, state: LeadState): LeadEvent => ({
  type: 'LeadAssigned',
  data: { ownerMemberKey, previousOwnerMemberKey: state.fields.ownerMemberKey ?? null },
});

const recordAssignment = (command: LeadCommandOf<'RecordAssignment'>, state: LeadState): Decision<LeadEvent> => {
  const { recordKey, memberKey, status } = command;
  if (state.recordKeys.includes(`${recordKey}/${status}`)) return accept();
  const data = { offerKey: recordKey, memberKey };
  switch (status) {
    case 'offered':
      return accept({ type: 'LeadOffered', data: { offerKey: recordKey, memberKeys: [memberKey], reasons: [] } });
    case 'accepted':
      return accept({ type: 'LeadAccepted', data });
    case 'passed':
      return accept({ type: 'LeadPassed', data });
    case 'expired':
      return accept({ type: 'LeadOfferExpired', data: { offerKey: recordKey, memberKeys: [memberKey] } });
    case 'assigned': {
      const previousOwnerMemberKey = state.fields.ownerMemberKey ?? null;
      return accept({ type: 'LeadAssigned', data: { ownerMemberKey: memberKey, previousOwnerMemberKey, recordKey } });
    }
    default:
      return status satisfies never;
  }
};
