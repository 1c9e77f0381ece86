import { type Known, withChanges } from '../changes.ts';
import type { AgentEvent } from './events.ts';
import type { AgentFields, Pause } from './schema.ts';

/**
 * The state of an agent. `memberKey` is `null` until the agent has joined; `pause` is the agent's pause, if any is
 * known.
 */
export type AgentState = {
  readonly memberKey: string | null;
  readonly fields: Known<AgentFields>;
  readonly pause: Pause | null;
};

export const initialState: AgentState = { memberKey: null, fields: {}, pause: null };

export const evolve = (state: AgentState, event: AgentEvent): AgentState => {
  switch (event.type) {
    case 'AgentJoined': {
      const { memberKey, ...fields } = event.data;
      return { ...state, memberKey, fields: withChanges<AgentFields>(state.fields, fields) };
    }
    case 'AgentPaused':
      return { ...state, pause: event.data };
    case 'AgentResumed':
      return { ...state, pause: null };
    case 'MemberStatusChanged':
      return changed(state, { memberStatus: event.data.memberStatus });
    case 'AgentHoursChanged':
    case 'AgentCoverageChanged':
    case 'AgentDetailsCorrected':
      return changed(state, event.data.changes);
    case 'AgentMerged':
      return changed(state, { legacyIds: [...new Set([...(state.fields.legacyIds ?? []), ...event.data.legacyIds])] });
    default:
      return event satisfies never;
  }
};

const changed = (state: AgentState, changes: Known<AgentFields>): AgentState => ({
  ...state,
  fields: withChanges<AgentFields>(state.fields, changes),
});
