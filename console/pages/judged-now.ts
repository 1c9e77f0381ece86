import { loadPolicy } from '../../commands/policy/publish-policy.ts';
import { responseMinutes } from '../../queries/leads/lead-status.ts';
import type { Judged } from '../../queries/leads/list-leads.ts';
import type { Page } from '../deps.ts';

/** What the console judges deadlines by: the policy in force, now. */
export const judgedNow = async ({ store, clock }: Pick<Page['deps'], 'store' | 'clock'>): Promise<Judged> => ({
  now: clock.now(),
  responseMinutes: responseMinutes((await loadPolicy(store)).policy),
});
