import { sql } from 'kysely';
import { leads } from '../../commands/aggregates.ts';
import { execute } from '../../commands/execute.ts';
import { camelCased } from '../../tables/database.ts';
import { type JobRun, originOf } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { type FailedLead, oneByOne } from './one-by-one.ts';
import { offerKeyOf } from './reading/offer-dedupe-key.ts';

/** An open offer whose message was permanently rejected, so the agent never saw it. */
type Unreachable = {
  readonly contactKey: string;
  readonly memberKey: string;
  readonly offerKey: string;
  readonly reason: string;
};

/**
 * Withdraws the offers that could not reach their agents, so that the lead goes to the next one. Offers that may have
 * been sent stay open, because the agent may be about to accept.
 *
 * @returns the leads that are no longer on offer to any agent
 */
export const releaseUnreachable = async (
  deps: StoreDeps & JobRun,
  failed: FailedLead[],
): Promise<readonly string[]> => {
  const { db, store, clock } = deps;
  const { rows } = await sql<Unreachable>`
    select lead.contact_key, message.member_key, lead.offer_key,
      coalesce(message.last_error, 'it could not be sent') as reason
    from ops.outbox as message
      join read.leads as lead
        on lead.contact_key = message.contact_key and message.member_key = any (lead.offered_member_keys)
          and ${offerKeyOf(sql`message.dedupe_key`)} = lead.offer_key
    where message.state = 'failed' and message.kind = 'lead-offer' and not message.maybe_sent_yn
    order by lead.contact_key`.execute(camelCased(db));
  const released: string[] = [];
  for (const { contactKey, memberKey, offerKey, reason } of rows) {
    const result = await oneByOne(deps, contactKey, failed, () =>
      execute(
        store,
        leads,
        contactKey,
        [{ type: 'WithdrawOffer', offerKey, memberKey, reason }],
        originOf(deps, clock.now()),
      ),
    );
    if (result?.ok && result.events.length > 0) released.push(contactKey);
  }
  return released;
};
