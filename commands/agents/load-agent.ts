import type { AgentState } from '../../domain/agent/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { agents } from '../aggregates.ts';
import { load } from '../execute.ts';

/** The present state of an agent; an unknown key gives the empty state. */
export const loadAgent = async (store: EventStore, memberKey: string): Promise<AgentState> =>
  (await load(store, agents, memberKey)).state;
