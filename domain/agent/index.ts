import type { Decider } from '../decider.ts';
import { type AgentCommand, decide } from './decide.ts';
import type { AgentEvent } from './events.ts';
import { type AgentState, evolve, initialState } from './state.ts';

export type { AgentCommand } from './decide.ts';
export { type AgentEvent, agentEvents } from './events.ts';
export { isActive, isAgent } from './may-be-offered.ts';
export { type AgentFields, agentFieldsSchema, type Pause } from './schema.ts';
export type { AgentState } from './state.ts';

export const agent: Decider<AgentCommand, AgentEvent, AgentState> = { decide, evolve, initialState };
