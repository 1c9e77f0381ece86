import type { Decider } from '../decider.ts';
import type { LeadCommand } from './commands.ts';
import { decide } from './decide.ts';
import type { LeadEvent } from './events.ts';
import { evolve, initialState, type LeadState } from './state.ts';

export type { LeadCommand, OfferGrounds } from './commands.ts';
export {
  type ActivityType,
  activityTypes,
  type EscalationReason,
  type LeadEvent,
  leadEvents,
  type OfferCandidate,
  type OfferMode,
  type OfferReason,
  type PassReason,
  passReasons,
} from './events.ts';
export { type LeadStage, leadStages } from './fields.ts';
export { closedStages, type LeadLife, type LeadStatus, lifeOf } from './life.ts';
export { isNewLead } from './new-lead.ts';
export { type LeadFields, leadFieldsSchema } from './schema.ts';
export type { ChainPlace, FirstResponse, LeadState, OpenOffer } from './state.ts';

export const lead: Decider<LeadCommand, LeadEvent, LeadState> = { decide, evolve, initialState };
