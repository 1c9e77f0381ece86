import type { EventStore } from '../../eventstore/event-store.ts';
import type { CommandContext } from '../execute.ts';
import { type LeadResult, onLead } from './on-lead.ts';

/**
 * A person takes a lead back from the agent who has it: it is new again, and is offered to others. If another agent gets
 * it in between, it stays theirs.
 *
 * @returns rejected: `lead-unassigned` (no agent has it), `lead-elsewhere` (another agent got it meanwhile),
 * `lead-closed`, `lead-unknown`
 */
export const releaseLead = async (
  store: EventStore,
  { contactKey }: { readonly contactKey: string },
  context: CommandContext,
): Promise<LeadResult> =>
  await onLead(
    store,
    contactKey,
    ({ fields }) => ({ type: 'ReleaseLead', memberKey: fields.ownerMemberKey ?? '' }),
    context,
  );
