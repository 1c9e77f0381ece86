import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { leadMatchingJob } from '../schedulers/job-names.ts';
import { ifThere } from './if-there.ts';

/** A new lead that has no agent and is on offer to nobody. */
export type WaitingLead = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly wants: string | null;
  readonly capturedAt: Date | null;
  /** Why the last pass of lead matching found nobody; `null`: it has not looked at it yet, or did not write it down. */
  readonly whyNobody: string | null;
};

/** A lead that an agent was offered and has not answered for. */
export type OfferedLead = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly wants: string | null;
  readonly memberKey: string;
  readonly memberName: string | null;
  /** `null`: an offer of the old CRM, which had no end. */
  readonly expiresAt: Date | null;
};

export type LeadsWithoutAgent = {
  readonly waiting: { readonly total: number; readonly rows: readonly WaitingLead[] };
  readonly offered: { readonly total: number; readonly rows: readonly OfferedLead[] };
  /** Leads without an agent that somebody has worked on, by stage. */
  readonly workedOn: readonly { readonly leadStage: string; readonly count: number }[];
};

const shown = 100;

const name = sql`nullif(concat_ws(' ', first_name, last_name), '') as name`;
const dollars = (amount: RawBuilder<unknown>) => sql`'$' || to_char(${amount}, 'FM999,999,999,999')`;
const wants = sql`nullif(concat_ws(', ', array_to_string(cities, ', '), array_to_string(postal_codes, ', '),
  case when list_price_min is not null and list_price_max is not null
      then ${dollars(sql`list_price_min`)} || ' to ' || ${dollars(sql`list_price_max`)}
    when list_price_max is not null then 'up to ' || ${dollars(sql`list_price_max`)}
    when list_price_min is not null then 'from ' || ${dollars(sql`list_price_min`)} end), '') as wants`;

/** Everybody who has no agent yet, and why. Both lists hold the newest hundred. */
export const readLeadsWithoutAgent = async (db: QueryExecutorProvider): Promise<LeadsWithoutAgent> => {
  const [waiting, offered, workedOn, why] = await Promise.all([
    ifThere(
      sql<WaitingLead & { total: number }>`
        select contact_key as "contactKey", ${name}, ${wants}, captured_at as "capturedAt", null as "whyNobody",
          (count(*) over ())::int as total
        from read.leads
        where owner_member_key is null and offer_key is null and coalesce(lead_stage, 'New') = 'New'
        order by captured_at desc nulls last, contact_key limit ${shown}`.execute(db),
      { rows: [] },
    ),
    ifThere(
      sql<OfferedLead & { total: number }>`
        select contact_key as "contactKey", ${name}, ${sql`lead.wants`}, offered_member_key as "memberKey",
          agent.member_full_name as "memberName", offer_expires_at as "expiresAt", (count(*) over ())::int as total
        from (select *, ${wants} from read.leads) as lead
          left join read.agents as agent on agent.member_key = offered_member_key
        where owner_member_key is null and offer_key is not null
        order by offer_expires_at desc nulls last, contact_key limit ${shown}`.execute(db),
      { rows: [] },
    ),
    ifThere(
      sql<{ leadStage: string; count: number }>`
        select lead_stage as "leadStage", count(*)::int as count from read.leads
        where owner_member_key is null and offer_key is null and lead_stage not in ('New', 'Closed', 'Trash')
        group by lead_stage order by count(*) desc`.execute(db),
      { rows: [] },
    ),
    ifThere(
      sql<{ contactKey: string; summary: string }>`
        select nobody ->> 'contactKey' as "contactKey", nobody ->> 'summary' as summary
        from (
          select report from ops.job_run where job = ${leadMatchingJob} and result = 'succeeded'
          order by started_at desc limit 1
        ) as last, jsonb_array_elements(last.report -> 'unmatched') as nobody`.execute(db),
      { rows: [] },
    ),
  ]);
  const reasons = new Map(why.rows.map(({ contactKey, summary }) => [contactKey, summary]));
  return {
    waiting: {
      total: waiting.rows[0]?.total ?? 0,
      rows: waiting.rows.map((row) => ({ ...row, whyNobody: reasons.get(row.contactKey) ?? null })),
    },
    offered: { total: offered.rows[0]?.total ?? 0, rows: offered.rows },
    workedOn: workedOn.rows,
  };
};
