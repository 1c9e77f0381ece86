import { sql, type Transaction } from 'kysely';
import { queueMessages } from '../../delivery/outbox.ts';
import { fateOf, readFate, type StoredFate } from '../../delivery/reports/fate.ts';
import { isActiveAgentRow } from '../../projections/agents/active-agent.ts';
import { camelCased } from '../../tables/database.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, type JobRun } from '../define-job.ts';
import type { StoreDeps } from '../deps.ts';
import { type SummarisedEmail, summaryMessage } from './summary-message.ts';

/** What is older is no news, and was sent before there were summaries. */
const withinDays = 3;
/** How long it is news that a buyer opened or clicked an e-mail. */
const openedWithinDays = 14;

/**
 * Sends each agent a daily e-mail of what their buyers were sent, and what became of it: opened, clicked, bounced. Every e-mail
 * to a buyer is in one summary, once it is known whether it was sent, and in a later one when the buyer opened or clicked it
 * since, or it bounced. Summary and bookkeeping (`ops.agent_summary_item`) are one transaction.
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
      select distinct agent.member_key, agent.member_email as email
      from ${toSummarise} join read.agents as agent on agent.member_key = lead.owner_member_key
      where ${isNews} and ${isActiveAgentRow} and agent.member_email is not null
      order by agent.member_key`.execute(camelCased(db));
    const counts = { summaries: 0, emails: 0 };
    for (const agent of agents) {
      // The other agents get theirs today, too, as soon as this runs again.
      signal.throwIfAborted();
      const emails = await db.transaction().execute((transaction) => summarise(transaction, agent));
      if (emails === 0) continue;
      counts.summaries++;
      counts.emails += emails;
    }
    return { counts };
  },
});

/**
 * SQL: `message`, an e-mail to a buyer that no summary has covered (or not with what has been reported since), and `lead`, the
 * buyer; `item` is the newest summary, `fate` what has been reported.
 */
const toSummarise = sql`ops.outbox as message
  join read.leads as lead on lead.contact_key = message.contact_key
    and message.kind = 'alert-digest' and message.state not in ('pending', 'sending')
    and message.created_at > clock_timestamp() - make_interval(days => ${sql.lit(openedWithinDays)})
  left join ops.email_fate as fate on fate.outbox_id = message.outbox_id
  join lateral (
    select coalesce(fate.opens, 0) as opens, coalesce(fate.clicks, 0) as clicks,
      coalesce(fate.bounced_at, fate.complained_at, fate.unsubscribed_at) is not null as unwelcome
  ) as known on true
  left join ops.agent_summary_item as item on item.outbox_id = message.outbox_id`;

const isNews = sql`case when item.outbox_id is null
  then message.created_at > clock_timestamp() - make_interval(days => ${sql.lit(withinDays)})
  else known.opens > item.opens or known.clicks > item.clicks or (known.unwelcome and not item.unwelcome_yn) end`;

type Row = Omit<SummarisedEmail, 'clickedHomes' | 'fate'> & { readonly storedFate: StoredFate | null };

const summarise = async (
  transaction: Transaction<unknown>,
  { memberKey, email }: { readonly memberKey: string; readonly email: string },
): Promise<number> => {
  const { rows } = await sql<Row>`
    select message.outbox_id, lead.contact_key, lead.first_name,
      lead.last_name, message.state, message.last_error,
      message.message ->> 'Subject' as subject, item.outbox_id is not null as earlier,
      coalesce(jsonb_array_length(message.context -> 'homes'), 0) as homes,
      ${fateOf(sql`message.outbox_id`)} as stored_fate
    from ${toSummarise}
    where lead.owner_member_key = ${memberKey} and ${isNews}
    order by lead.last_name, lead.first_name, lead.contact_key, message.created_at`.execute(camelCased(transaction));
  if (rows.length === 0) return 0;
  const homes = await namesOfHomes(
    transaction,
    rows.flatMap(({ storedFate }) => storedFate?.clickedListingKeys ?? []),
  );
  const emails = rows.map(({ storedFate, ...row }) => ({
    ...row,
    fate: readFate(storedFate),
    clickedHomes: (storedFate?.clickedListingKeys ?? []).flatMap((key) => homes.get(key) ?? []),
  }));
  await queueMessages(transaction, [summaryMessage({ memberKey, email }, emails)]);
  const items = emails.map(({ outboxId, fate }) => ({
    outbox_id: outboxId,
    opens: fate?.opens ?? 0,
    clicks: fate?.clicks ?? 0,
    unwelcome: (fate?.bouncedAt ?? fate?.complainedAt ?? fate?.unsubscribedAt ?? null) !== null,
  }));
  await sql`
    insert into ops.agent_summary_item (outbox_id, member_key, opens, clicks, unwelcome_yn)
    select outbox_id, ${memberKey}, opens, clicks, unwelcome
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb)
      as item (outbox_id uuid, opens integer, clicks integer, unwelcome boolean)
    on conflict (outbox_id) do update
    set member_key = excluded.member_key, summarised_at = clock_timestamp(), opens = excluded.opens,
      clicks = excluded.clicks, unwelcome_yn = excluded.unwelcome_yn`.execute(transaction);
  return rows.length;
};

/** What agents call these homes: their addresses, or MLS numbers. */
const namesOfHomes = async (
  transaction: Transaction<unknown>,
  listingKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (listingKeys.length === 0) return new Map();
  const { rows } = await sql<{ key: string; name: string | null }>`
    select listing_key as key, coalesce(unparsed_address, listing_id) as name
    from read.listings where listing_key = any (${listingKeys})`.execute(transaction);
  return new Map(rows.flatMap(({ key, name }) => (name === null ? [] : [[key, name] as const])));
};
