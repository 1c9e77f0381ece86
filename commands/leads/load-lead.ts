import type { LeadState } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { leads } from '../aggregates.ts';
import { type Loaded, load } from '../execute.ts';

/**
 * The present lead for a key. A merged lead is followed to the one that it was merged into, because an old e-mail or a
 * waiting message has the former key but means the person. An unknown key gives the empty state.
 */
export const loadLead = async (
  store: EventStore,
  contactKey: string,
): Promise<Loaded<LeadState> & { readonly contactKey: string }> => {
  const loaded = await load(store, leads, contactKey);
  const { mergedIntoContactKey } = loaded.state;
  return mergedIntoContactKey === null ? { ...loaded, contactKey } : await loadLead(store, mergedIntoContactKey);
};
