import { omit } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import type { LeadCommandOf } from './commands.ts';
import type { LeadEvent } from './events.ts';
import type { LeadStage } from './fields.ts';
import { lifeOf } from './life.ts';
import type { LeadState } from './state.ts';

/** The decisions that change a lead's status (`lifeOf`): offering, accepting, releasing, … */

const closed = reject('lead-closed', 'The lead is closed; reopen it first', 'leadStage');

export const offer = (command: LeadCommandOf<'OfferLead'>, state: LeadState): Decision<LeadEvent> => {
  const life = lifeOf(state);
  if (life.status === 'offered' && life.offer.offerKey === command.offerKey) return accept();
  if (life.status === 'closed') return closed;
  if (life.status === 'assigned') return reject('lead-owned', 'The lead already has an agent', 'ownerMemberKey');
  if (life.status === 'offered') return reject('offer-open', 'The lead is already on offer to an agent');
  if (command.memberKeys.length === 0) return reject('offer-nobody', 'An offer needs at least one agent');
  const { candidates, leftOut, ...rest } = omit(command, ['type']);
  const copied = leftOut && Object.fromEntries(Object.entries(leftOut).map(([rule, keys]) => [rule, [...keys]]));
  const data = {
    ...rest,
    memberKeys: [...new Set(command.memberKeys)],
    reasons: [...command.reasons],
    ...(candidates === undefined ? {} : { candidates: [...candidates] }),
    ...(copied === undefined ? {} : { leftOut: copied }),
  };
  return accept({ type: 'LeadOffered', data });
};

type Answer = { readonly memberKey: string; readonly offerKey?: string; readonly now?: string };

/** The offer that an agent answers, or why there is none to answer. */
const answered = ({ memberKey, offerKey, now }: Answer, { openOffer, fields }: LeadState) => {
  if (openOffer === null || (offerKey !== undefined && openOffer.offerKey !== offerKey)) {
    return fields.ownerMemberKey
      ? reject('offer-taken', 'Another agent has taken the lead')
      : reject('offer-missing', 'The offer is no longer open');
  }
  if (!openOffer.memberKeys.includes(memberKey)) {
    return reject('offer-elsewhere', 'The lead is on offer to another agent');
  }
  if (now !== undefined && openOffer.expiresAt !== null && Date.parse(now) >= Date.parse(openOffer.expiresAt)) {
    return reject('offer-expired', 'The offer has expired', 'expiresAt');
  }
  return { offer: openOffer };
};

export const acceptOffer = (command: LeadCommandOf<'AcceptLead'>, state: LeadState): Decision<LeadEvent> => {
  const { memberKey } = command;
  if (state.fields.ownerMemberKey === memberKey) return accept();
  if (lifeOf(state).status === 'closed') return reject('lead-closed', 'The lead was closed meanwhile', 'leadStage');
  const found = answered(command, state);
  if ('rejected' in found) return found;
  return accept({ type: 'LeadAccepted', data: { offerKey: found.offer.offerKey, memberKey } });
};

export const passOffer = (command: LeadCommandOf<'PassLead'>, state: LeadState): Decision<LeadEvent> => {
  const { memberKey, passReason, note, offerKey } = command;
  const before =
    offerKey === undefined
      ? state.openOffer?.memberKeys.includes(memberKey) !== true
      : state.recordKeys.includes(`${offerKey}/passed`);
  if (before && state.triedMemberKeys.includes(memberKey)) return accept();
  const found = answered(command, state);
  if ('rejected' in found) return found;
  const why = { ...(passReason === undefined ? {} : { passReason }), ...(note === undefined ? {} : { note }) };
  return accept({ type: 'LeadPassed', data: { offerKey: found.offer.offerKey, memberKey, ...why } });
};

export const expire = (command: LeadCommandOf<'ExpireOffer'>, state: LeadState): Decision<LeadEvent> => {
  const open = state.openOffer;
  if (open === null || open.offerKey !== command.offerKey) return accept();
  if (open.expiresAt === null || Date.parse(command.now) < Date.parse(open.expiresAt)) {
    return reject('offer-still-open', 'The offer has not expired yet', 'expiresAt');
  }
  return accept({ type: 'LeadOfferExpired', data: { offerKey: open.offerKey, memberKeys: [...open.memberKeys] } });
};

export const withdraw = (command: LeadCommandOf<'WithdrawOffer'>, state: LeadState): Decision<LeadEvent> => {
  const { offerKey, memberKey, reason } = command;
  const open = state.openOffer;
  if (open === null || open.offerKey !== offerKey) return accept();
  const unreached = open.memberKeys.filter((key) => memberKey === undefined || key === memberKey);
  return accept<LeadEvent>(
    ...unreached.map((key) => ({ type: 'LeadOfferWithdrawn' as const, data: { offerKey, memberKey: key, reason } })),
  );
};

export const escalate = (command: LeadCommandOf<'EscalateLead'>, state: LeadState): Decision<LeadEvent> => {
  const { type: _, ...data } = command;
  const life = lifeOf(state);
  if (data.escalationReason !== 'no-first-response') {
    if (life.status === 'closed') return closed;
    if (life.status === 'offered') return reject('offer-open', 'The lead is on offer to an agent');
    return life.status === 'assigned' ? accept() : accept({ type: 'LeadEscalated', data });
  }
  const { firstResponse } = state;
  if (life.status !== 'assigned') return reject('lead-unassigned', 'The lead has no agent', 'ownerMemberKey');
  if (firstResponse === null || firstResponse.responded || firstResponse.escalated) return accept();
  return accept({ type: 'LeadEscalated', data });
};

export const remind = (memberKey: string, state: LeadState): Decision<LeadEvent> => {
  const { firstResponse } = state;
  if (lifeOf(state).status !== 'assigned' || firstResponse?.memberKey !== memberKey) return accept();
  if (firstResponse.responded || firstResponse.reminded) return accept();
  return accept({ type: 'LeadResponseReminded', data: { memberKey } });
};

export const reassign = (ownerMemberKey: string, state: LeadState): Decision<LeadEvent> => {
  if (lifeOf(state).status === 'closed') return closed;
  const previousOwnerMemberKey = state.fields.ownerMemberKey ?? null;
  if (previousOwnerMemberKey === ownerMemberKey) return accept();
  return accept({ type: 'LeadReassigned', data: { ownerMemberKey, previousOwnerMemberKey } });
};

export const release = (memberKey: string, state: LeadState): Decision<LeadEvent> => {
  const life = lifeOf(state);
  if (life.status === 'closed') return closed;
  if (life.status === 'assigned' && life.memberKey === memberKey) {
    return accept<LeadEvent>({ type: 'LeadReleased', data: { previousOwnerMemberKey: memberKey } }, ...newAgain(state));
  }
  if (state.triedMemberKeys.includes(memberKey)) return accept();
  return life.status === 'assigned'
    ? reject('lead-elsewhere', 'Another agent has the lead', 'ownerMemberKey')
    : reject('lead-unassigned', 'The lead has no agent', 'ownerMemberKey');
};

export const reopen = (state: LeadState): Decision<LeadEvent> => {
  const life = lifeOf(state);
  if (life.status !== 'closed') return accept();
  return accept<LeadEvent>({ type: 'LeadReopened', data: { previousLeadStage: life.leadStage } }, ...newAgain(state));
};

export const changeStage = (leadStage: LeadStage, state: LeadState): Decision<LeadEvent> => {
  const previousLeadStage = state.fields.leadStage ?? null;
  if (previousLeadStage === leadStage) return accept();
  if (lifeOf(state).status === 'closed') return closed;
  return accept({ type: 'LeadStageChanged', data: { leadStage, previousLeadStage } });
};

/** Only new leads are offered (`isNewLead`). */
const newAgain = ({ fields }: LeadState): LeadEvent[] => {
  const previousLeadStage = fields.leadStage ?? null;
  if (previousLeadStage === 'New') return [];
  return [{ type: 'LeadStageChanged', data: { leadStage: 'New', previousLeadStage } }];
};
