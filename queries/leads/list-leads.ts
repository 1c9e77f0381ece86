import { type Kysely, sql } from 'kysely';
import { isOpenLeadRow } from '../../projections/leads/open-lead.ts';

/** Which leads to list. All given conditions must hold. */
export type LeadFilter = {
  readonly status?: LeadListStatus | undefined;
  readonly stage?: string | undefined;
  readonly ownerMemberKey?: string | undefined;
  readonly source?: string | undefined;
  readonly city?: string | undefined;
  /** Past their deadline: an unanswered offer, or an agent who has not responded. */
  readonly overdue?: boolean | undefined;
};

export const leadListStatuses = ['waiting', 'offered', 'assigned', 'closed'] as const;
export type LeadListStatus = (typeof leadListStatuses)[number];

export type LeadRow = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly leadStage: string | null;
  readonly leadSource: string | null;
  readonly status: LeadListStatus;
  /** The agents who have it, or have it on offer. */
  readonly memberKeys: readonly string[];
  readonly memberNames: readonly string[];
  readonly capturedAt: Date | null;
  readonly offerExpiresAt: Date | null;
  readonly overdue: boolean;
};

const statusOf = sql<LeadListStatus>`
  case when not ${isOpenLeadRow} then 'closed'
    when owner_member_key is not null then 'assigned'
    when offer_key is not null then 'offered'
    else 'waiting' end`;

/** The leads that match a filter, newest first, and how many there are in total. */
export const listLeads = async (
  db: Kysely<unknown>,
  { status, stage, ownerMemberKey, source, city, overdue }: LeadFilter,
  { limit, now }: { readonly limit: number; readonly now: Date },
): Promise<{ readonly total: number; readonly rows: readonly LeadRow[] }> => {
  const conditions = [
    status === undefined ? undefined : sql`status = ${status}`,
    stage === undefined ? undefined : sql`lower(coalesce(lead_stage, 'New')) = lower(${stage})`,
    ownerMemberKey === undefined ? undefined : sql`${ownerMemberKey} = any (member_keys)`,
    source === undefined ? undefined : sql`lower(lead_source) = lower(${source})`,
    city === undefined ? undefined : sql`exists (select from unnest(cities) as c where lower(c) = lower(${city}))`,
    overdue ? sql`overdue` : undefined,
  ].filter((condition) => condition !== undefined);
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
  const { rows } = await sql<LeadRow & { total: string }>`
    with lead as (
      select *, ${statusOf} as status,
        case when owner_member_key is not null then array[owner_member_key] else coalesce(offered_member_keys, '{}') end
          as member_keys,
        owner_member_key is null and coalesce(offer_expires_at < ${now}, false) as overdue
      from read.leads
    )
    select contact_key as "contactKey", nullif(concat_ws(' ', first_name, last_name), '') as name,
      lead_stage as "leadStage", lead_source as "leadSource", status, member_keys as "memberKeys",
      array(select coalesce(member_full_name, key) from unnest(member_keys) as key
        left join read.agents on member_key = key) as "memberNames",
      captured_at as "capturedAt", offer_expires_at as "offerExpiresAt", overdue, count(*) over () as total
    from lead ${where}
    order by captured_at desc nulls last, contact_key
    limit ${limit}`.execute(db);
  return { total: Number(rows[0]?.total ?? 0), rows: rows.map(({ total: _, ...row }) => row) };
};
