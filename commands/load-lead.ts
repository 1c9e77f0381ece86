import type { LeadState } from '../domain/lead/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { leads } from './aggregates.ts';
import { type Loaded, load } from './execute.ts';

/**
 * The lead that a key means today: one that was merged into another is followed there, because an old e-mail or a message that
 * waits names the lead as it was then, and means the person. A key that no lead has gives the empty state.
 */
export const loadLead = async (
  store: EventStore,
  contactKey: string,
): Promise<Loaded<LeadState> & { readonly contactKey: string }> => {
  const loaded = await load(store, leads, contactKey);
  const { mergedIntoContactKey } = loaded.state;
  return mergedIntoContactKey === null ? { ...loaded, contactKey } : await loadLead(store, mergedIntoContactKey);
};
