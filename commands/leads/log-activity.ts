import type { ActivityType, LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { type CommandContext, type CommandResult, load } from '../execute.ts';
import { onLead } from './on-lead.ts';

/** What a person can say they did. */
export const loggedByHand = ['Call', 'Email', 'SMS', 'Showing', 'Note'] as const satisfies readonly ActivityType[];

export type Activity = {
  readonly contactKey: string;
  /** The same one is recorded once. */
  readonly recordKey: string;
  readonly activityType: ActivityType;
  readonly body?: string | undefined;
  /** Who did it; missing: the agent who has the lead. */
  readonly memberKey?: string | undefined;
};

/**
 * Records that someone called, wrote to, or met a lead, or a note about it. All but notes count as the first response
 * (`isResponse`).
 *
 * @returns rejected: `agent-unknown`, `lead-unknown`
 */
export const logActivity = async (
  store: EventStore,
  { contactKey, recordKey, activityType, body, memberKey }: Activity,
  context: CommandContext,
): Promise<CommandResult<LeadState>> => {
  if (memberKey !== undefined && (await load(store, agents, memberKey)).state.memberKey === null) {
    const message = `There is no agent ${memberKey}`;
    return { ok: false, rejection: { code: 'agent-unknown', field: 'memberKey', message } };
  }
  return await onLead(
    store,
    contactKey,
    ({ fields }) => {
      const by = memberKey ?? fields.ownerMemberKey ?? undefined;
      return {
        type: 'RecordActivity',
        recordKey,
        activityType,
        ...(body === undefined ? {} : { body }),
        ...(by === undefined ? {} : { memberKey: by }),
      };
    },
    context,
  );
};
