import { isActive } from '../../domain/agent/index.ts';
import { isNewLead, type LeadCommand, type LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents, leads } from '../aggregates.ts';
import { type CommandContext, type CommandResult, execute, load } from '../execute.ts';
import { loadLead } from './load-lead.ts';
import { nextOfferKey } from './offer-lead.ts';

/** The reason on offers that a person made. */
const chosen = [{ rule: 'by-hand', points: 0, detail: 'was chosen by a person' }];

/**
 * A person offers a lead to an agent, whatever the policy says; if they do not take it, it goes on as the policy says.
 * `context.reason` says why.
 *
 * @param minutes how long the agent has to answer, from `context.occurredAt`
 * @returns rejected: `agent-unknown`, `agent-inactive`, `lead-not-new`, `lead-owned`, `offer-open`, `lead-closed`, `lead-unknown`
 */
export const offerByHand = async (
  store: EventStore,
  given: { readonly contactKey: string; readonly memberKey: string; readonly minutes: number },
  context: CommandContext,
): Promise<CommandResult<LeadState>> => {
  const { memberKey, minutes } = given;
  const agent = (await load(store, agents, memberKey)).state;
  if (agent.memberKey === null) return refused('agent-unknown', 'There is no such agent', 'memberKey');
  if (!isActive(agent.fields)) {
    return refused('agent-inactive', 'The agent is no longer with the brokerage', 'memberKey');
  }
  const { contactKey, ...loaded } = await loadLead(store, given.contactKey);
  const { fields } = loaded.state;
  if (loaded.state.contactKey !== null && !fields.ownerMemberKey && !isNewLead(fields)) {
    return refused('lead-not-new', 'Only new leads are offered: assign it, or set its stage to New', 'leadStage');
  }
  const expiresAt = new Date(Date.parse(context.occurredAt) + minutes * 60_000).toISOString();
  return await execute(
    store,
    leads,
    contactKey,
    (state): LeadCommand[] => [
      {
        type: 'OfferLead',
        offerKey: nextOfferKey(contactKey, state),
        memberKeys: [memberKey],
        mode: 'byHand',
        reasons: chosen,
        expiresAt,
      },
    ],
    context,
    loaded,
  );
};

const refused = (code: string, message: string, field: string) =>
  ({ ok: false, rejection: { code, field, message } }) as const;
