import { isActive } from '../../domain/agent/index.ts';
import type { LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, load } from '../execute.ts';
import { onLead } from './on-lead.ts';

/**
 * A person gives a lead to an agent, whoever has it and whatever is on offer; this ends an open offer. The policy's
 * rules are not consulted: `context.reason` says why.
 *
 * @returns rejected: `agent-unknown`, `agent-inactive`, `lead-closed` (reopen it first), `lead-unknown`
 */
export const reassignLead = async (
  store: EventStore,
  { contactKey, memberKey }: { readonly contactKey: string; readonly memberKey: string },
  context: CommandContext,
): Promise<CommandResult<LeadState>> => {
  const { state } = await load(store, agents, memberKey);
  if (state.memberKey === null) return refused('agent-unknown', `There is no agent ${memberKey}`);
  if (!isActive(state.fields)) {
    return refused('agent-inactive', 'The agent is no longer with the brokerage');
  }
  return await onLead(store, contactKey, { type: 'ReassignLead', memberKey }, context);
};

const refused = (code: string, message: string) =>
  ({ ok: false, rejection: { code, field: 'memberKey', message } }) as const;
