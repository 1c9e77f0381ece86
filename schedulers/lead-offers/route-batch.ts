import { leads } from '../../commands/aggregates.ts';
import { load } from '../../commands/execute.ts';
import type { PassDeps } from './deps.ts';
import { type FailedLead, oneByOne } from './one-by-one.ts';
import { readLeads, readRejectedOffers, readSentOffers } from './reading/read-leads.ts';
import { type Brokerage, type Outcome, routeOne } from './route-one.ts';

/**
 * Routes some leads: reads them all at the same time, and appends what follows at the same time.
 *
 * @returns `outcome: null` for a lead for which something failed (added to `failed`), or when the run was stopped
 */
export const routeBatch = async (
  deps: PassDeps,
  brokerage: Brokerage,
  contactKeys: readonly string[],
  failed: FailedLead[],
): Promise<readonly { readonly contactKey: string; readonly outcome: Outcome | null }[]> => {
  const [rows, sent, rejected, streams] = await Promise.all([
    readLeads(deps.db, contactKeys),
    readSentOffers(deps.db, contactKeys),
    readRejectedOffers(deps.db, contactKeys),
    Promise.all(
      contactKeys.map(async (contactKey) => {
        const loaded = await oneByOne(deps, contactKey, failed, () => load(deps.store, leads, contactKey));
        return [contactKey, loaded] as const;
      }),
    ),
  ]);
  const loaded = new Map(streams);
  return await Promise.all(
    rows.map(async (lead) => {
      const { contactKey } = lead;
      const known = loaded.get(contactKey) ?? null;
      if (known === null || deps.signal.aborted) return { contactKey, outcome: null };
      const outcome = await oneByOne(deps, contactKey, failed, () =>
        routeOne(deps, brokerage, lead, known, sent.get(contactKey), rejected.get(contactKey)),
      );
      return { contactKey, outcome };
    }),
  );
};
