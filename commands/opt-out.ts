import type { LeadState } from '../domain/lead/index.ts';
import type { EventStore } from '../eventstore/event-store.ts';
import { leads } from './aggregates.ts';
import { type CommandContext, type CommandResult, execute, load } from './execute.ts';

/**
 * Takes a lead off all e-mail. A lead that was merged into another is followed there: the link in an old e-mail names the lead as
 * it was then, and means the person.
 *
 * @returns rejected (`lead-unknown`) when there is no such lead
 */
export const optOut = async (
  store: EventStore,
  contactKey: string,
  context: CommandContext,
): Promise<CommandResult<LeadState>> => {
  for (let key = contactKey; ; ) {
    const loaded = await load(store, leads, key);
    const { mergedIntoContactKey } = loaded.state;
    if (mergedIntoContactKey === null) return await execute(store, leads, key, [{ type: 'OptOut' }], context, loaded);
    key = mergedIntoContactKey;
  }
};
