import { sql, type Transaction } from 'kysely';
import { queueMessages } from '../../delivery/outbox.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, type JobRun } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { type SummarisedEmail, summaryMessage } from './summary-message.ts';

/** What is older is no news, and was sent before there were summaries. */
const withinDays = 3;

/**
 * Sends each agent a daily e-mail of what their buyers were sent, and what became of it. Every e-mail to a buyer is in one
 * summary, once it is known what became of it; summary and bookkeeping (`ops.agent_summary_item`) are one transaction.
 *
 * Whether buyers opened or clicked is not in it: Postmark reports that to a webhook, and openhouse records none yet.
 */
export const agentSummaries = defineJob({
  name: 'agent-summaries',
  label: 'Daily summaries for agents',
  schedule: '0 0 7 * * *',
  timeLimitMs: 5 * 60_000,
  counts: {
    summaries: done('summaries queued', 'summary queued'),
    emails: done('e-mails to buyers in them', 'e-mail to a buyer in them'),
  },
  run: async ({ db, store, signal }: StoreDeps & JobRun) => {
    await checkEventStore(db, store, ['leads', 'agents']);
    const { rows: agents } = await sql<{ memberKey: string; email: string }>`
      select distinct agent.member_key as "memberKey", agent.member_email as email
      from ${toSummarise} join read.agents as agent on agent.member_key = lead.owner_member_key
      where agent.member_status is distinct from 'Inactive' and agent.member_email is not null
      order by "memberKey"`.execute(db);
    const counts = { summaries: 0, emails: 0 };
    for (const agent of agents) {
      if (signal.aborted) break;
      const emails = await db.transaction().execute((transaction) => summarise(transaction, agent));
      if (emails === 0) continue;
      counts.summaries++;
      counts.emails += emails;
    }
    return { counts };
  },
});

/** SQL: `message`, an e-mail to a buyer that no summary has covered, and `lead`, the buyer. */
const toSummarise = sql`ops.outbox as message
  join read.leads as lead on lead.contact_key = message.contact_key
    and message.kind = 'alert-digest' and message.state not in ('pending', 'sending')
    and message.created_at > clock_timestamp() - make_interval(days => ${sql.lit(withinDays)})
    and not exists (select from ops.agent_summary_item as item where item.outbox_id = message.outbox_id)`;

const summarise = async (
  transaction: Transaction<unknown>,
  { memberKey, email }: { readonly memberKey: string; readonly email: string },
): Promise<number> => {
  const { rows } = await sql<SummarisedEmail>`
    select message.outbox_id as "outboxId", lead.contact_key as "contactKey", lead.first_name as "firstName",
      lead.last_name as "lastName", message.state, message.last_error as "lastError",
      message.message ->> 'Subject' as subject,
      coalesce(jsonb_array_length(message.context -> 'homes'), 0) as homes
    from ${toSummarise}
    where lead.owner_member_key = ${memberKey}
    order by lead.last_name, lead.first_name, lead.contact_key, message.created_at`.execute(transaction);
  if (rows.length === 0) return 0;
  await queueMessages(transaction, [summaryMessage({ memberKey, email }, rows)]);
  await sql`
    insert into ops.agent_summary_item (outbox_id, member_key)
    select outbox_id, ${memberKey} from unnest(${rows.map(({ outboxId }) => outboxId)}::uuid[]) as outbox_id
    on conflict do nothing`.execute(transaction);
  return rows.length;
};
