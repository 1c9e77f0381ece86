import type { LeadState } from '../domain/lead/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { leads } from './aggregates.ts';
import { type CommandContext, type CommandResult, execute } from './execute.ts';
import { loadLead } from './load-lead.ts';

/** A consent recorded for a lead; `contactKey` is the lead that it was merged into, if it was. */
export type Consent = CommandResult<LeadState> & { readonly contactKey: string };

/**
 * Opts a lead out of all e-mail; a merged lead is followed to the one that it was merged into.
 *
 * @returns rejected (`lead-unknown`) if there is no such lead
 */
export const optOut = async (store: EventStore, contactKey: string, context: CommandContext): Promise<Consent> =>
  await decideConsent(store, contactKey, 'OptOut', context);

/**
 * The person wants e-mail again: the only thing that revokes an opt-out. Merged leads are followed, as above.
 *
 * @returns rejected (`lead-unknown`) if there is no such lead
 */
export const optIn = async (store: EventStore, contactKey: string, context: CommandContext): Promise<Consent> =>
  await decideConsent(store, contactKey, 'OptIn', context);

const decideConsent = async (
  store: EventStore,
  key: string,
  type: 'OptOut' | 'OptIn',
  context: CommandContext,
): Promise<Consent> => {
  const { contactKey, ...loaded } = await loadLead(store, key);
  const result = await execute(store, leads, contactKey, [{ type }], context, loaded);
  return { ...result, contactKey };
};
