import { sql } from 'kysely';
import { historyUntil } from '../../eventstore/positions/origin.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, type JobRun } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { type FailedLead, oneByOne } from '../lead-offers/one-by-one.ts';
import { offerKeyOf } from '../lead-offers/reading/offer-dedupe-key.ts';
import { detailsWithinMs, queueLeadMessages } from './queue-lead-messages.ts';

const batchSize = 500;

/**
 * Finds the leads of which something has to be said, whoever changed them: offers whose messages still show buttons although they are
 * over, and agents who accepted a lead and have not been sent how to reach it. `queueLeadMessages` does it for one lead, right after a press; this
 * job is for everything else, and for what a crash left undone.
 */
export const leadMessages = defineJob({
  name: 'lead-messages',
  label: 'Lead messages',
  schedule: '*/5 * * * * *',
  timeLimitMs: 2 * 60_000,
  counts: { messages: done('messages queued', 'message queued'), failed: done('leads failed', 'lead failed') },
  run: async (deps: StoreDeps & JobRun) => {
    const { db, store, clock, signal } = deps;
    await checkEventStore(db, store, ['leads', 'agents']);
    const history = await historyUntil(db);
    const failed: FailedLead[] = [];
    let messages = 0;
    for (const contactKey of await leadsToTellOf(deps, history)) {
      if (signal.aborted) break;
      messages +=
        (await oneByOne(deps, contactKey, failed, () => queueLeadMessages({ db, store, clock }, contactKey))) ?? 0;
    }
    return { counts: { messages, failed: failed.length }, report: { failed: failed.slice(0, 100) } };
  },
});

const leadsToTellOf = async ({ db, clock }: StoreDeps, history: bigint): Promise<readonly string[]> => {
  const since = new Date(clock.now().getTime() - detailsWithinMs);
  const { rows } = await sql<{ contact_key: string }>`
    with over as (
      select message.contact_key from ops.outbox as message left join read.leads as lead using (contact_key)
      where message.kind = 'lead-offer' and message.outcome_shown is distinct from 'settled'
        and message.state in ('sent', 'previewed', 'failed', 'withheld')
        and (
          lead.contact_key is null or lead.owner_member_key is not null
          or (message.outcome_shown is null and not coalesce(
            lead.offer_key = ${offerKeyOf(sql`message.dedupe_key`)} and message.member_key = any (lead.offered_member_keys),
            false))
        )
    ),
    news as (
      select contact_key, owner_member_key as member_key, assigned_at as at from read.leads
      where assigned_how = 'accepted' and accepted_at > ${since} and position > ${history}
    )
    select contact_key from over
    union
    select contact_key from news join read.agents as agent using (member_key)
    where not exists (
      select from ops.outbox where dedupe_key = concat_ws('/', 'lead-details', contact_key, news.member_key,
        to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    )
    limit ${batchSize}`.execute(db);
  return rows.map((row) => row.contact_key);
};
