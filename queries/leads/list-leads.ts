import { type Kysely, type RawBuilder, sql } from 'kysely';
import { camelCased } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';
import { keysetOf, pageOf } from '../keyset.ts';
import { leadMatches } from '../search/record-matches.ts';
import { leadName } from './lead-name.ts';
import { dueAtOfRow, type LeadListStatus, memberKeysOfRow, stageOfRow, statusOfRow } from './lead-status.ts';
import { type Wants, wantsInWords } from './wants.ts';

/** Which leads to list. All given conditions must hold. */
export type LeadFilter = {
  /** In the name, an e-mail address or a phone number, also former ones. */
  readonly text?: string | undefined;
  readonly status?: LeadListStatus | undefined;
  readonly stage?: string | undefined;
  /** The agent who has the lead, or has it on offer. */
  readonly memberKey?: string | undefined;
  /** `noSource` for leads without one. */
  readonly source?: string | undefined;
  /** A city or a ZIP code. */
  readonly area?: string | undefined;
  /** Past their deadline: an unanswered offer, or an agent who has not been in touch. */
  readonly overdue?: boolean | undefined;
};

export type LeadRow = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly leadStage: string;
  readonly leadSource: string | null;
  readonly status: LeadListStatus;
  /** The agents who have it, or have it on offer. */
  readonly memberKeys: readonly string[];
  readonly memberNames: readonly string[];
  readonly capturedAt: Date | null;
  readonly offeredAt: Date | null;
  /** The rule of the policy by which it is on offer; `null`: by hand, by the old CRM, or not on offer. */
  readonly offerRule: string | null;
  readonly offerExpiresAt: Date | null;
  /** Until when the agent has to accept it or get in touch; `null`: nothing is due. */
  readonly dueAt: Date | null;
  readonly overdue: boolean;
  readonly wants: string | null;
};

/** By what deadlines are judged. */
export type Judged = {
  readonly now: Date;
  /** How long an agent has to get in touch, see `responseMinutes`. */
  readonly responseMinutes: number | null;
};

export const noSource = 'None';

const leadsAsListed = ({ now, responseMinutes }: Judged) => sql`(
  select *, ${statusOfRow} as status, ${stageOfRow} as stage, ${memberKeysOfRow} as member_keys,
    coalesce(due_at < ${now}, false) as overdue, coalesce(lead_source, ${noSource}) as source
  from read.leads cross join lateral (select ${dueAtOfRow(responseMinutes)} as due_at) as due
) as lead`;

const whereOf = ({ text, status, stage, memberKey, source, area, overdue }: LeadFilter): RawBuilder<unknown>[] =>
  [
    text ? leadMatches(text) : undefined,
    status === undefined ? undefined : sql`status = ${status}`,
    stage === undefined ? undefined : sql`lower(stage) = lower(${stage})`,
    memberKey === undefined ? undefined : sql`${memberKey} = any (member_keys)`,
    source === undefined ? undefined : sql`lower(source) = lower(${source})`,
    area === undefined
      ? undefined
      : sql`exists (select from unnest(cities || postal_codes) as place where lower(place) = lower(${area}))`,
    overdue ? sql`overdue` : undefined,
  ].filter((condition) => condition !== undefined);

const and = (conditions: readonly RawBuilder<unknown>[]) =>
  conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);

/** In which order; the cursor of a page is that of its last row. */
export const leadOrders = ['newest', 'due'] as const;
export type LeadOrder = (typeof leadOrders)[number];

/**
 * The leads that match a filter, the newest first, or those with the earliest deadline first.
 *
 * @param after the `next` of the page before; anything else that is not one means the first page
 */
export const listLeads = async (
  db: Kysely<unknown>,
  filter: LeadFilter,
  judged: Judged,
  { limit, order = 'newest', after }: { limit: number; order?: LeadOrder; after?: string | undefined },
): Promise<{ readonly rows: readonly LeadRow[]; readonly next: string | null }> => {
  const at = order === 'newest' ? sql`coalesce(captured_at, '-infinity')` : sql`coalesce(due_at, 'infinity')`;
  const [direction, beyond] = order === 'newest' ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const cursor = keysetOf(after);
  const conditions = whereOf(filter);
  if (cursor !== null && timePattern.test(cursor[0])) {
    conditions.push(sql`(${at}, contact_key) ${beyond} (${cursor[0]}::timestamptz, ${cursor[1]})`);
  }
  type Read = Omit<LeadRow, 'wants'> & Wants & { readonly at: string };
  const { rows } = await ifThere(
    sql<Read>`
      select contact_key, ${leadName} as name, stage as lead_stage, lead_source, status,
        member_keys,
        array(select coalesce(member_full_name, 'an agent who is not known') from unnest(member_keys) with ordinality as member (key, place)
          left join read.agents on member_key = key order by place) as member_names,
        captured_at, offered_at,
        offer_rule, offer_expires_at, due_at, overdue, cities,
        postal_codes, list_price_min, list_price_max,
        (${at})::text as at
      from ${leadsAsListed(judged)} where ${and(conditions)}
      order by ${at} ${direction}, contact_key ${direction}
      limit ${limit + 1}`.execute(camelCased(db)),
    { rows: [] },
  );
  const page = pageOf(rows, limit, (last) => [last.at, last.contactKey]);
  return {
    rows: page.rows.map(({ at: _, cities, postalCodes, listPriceMin, listPriceMax, ...row }) => ({
      ...row,
      wants: wantsInWords({ cities, postalCodes, listPriceMin, listPriceMax }),
    })),
    next: page.next,
  };
};

/** The sort value of a cursor is cast to a time, so anything else would be an error. */
const timePattern = /^(-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d)?)$/;

/** Until when the agent of a lead has to act; `null`: nothing is due, or the read model does not have the lead. */
export const readDueAt = async (db: Kysely<unknown>, contactKey: string, judged: Judged): Promise<Date | null> => {
  const { rows } = await ifThere(
    sql<{ dueAt: Date | null }>`
      select ${dueAtOfRow(judged.responseMinutes)} as due_at from read.leads where contact_key = ${contactKey}`.execute(
      camelCased(db),
    ),
    { rows: [] },
  );
  return rows[0]?.dueAt ?? null;
};

/** How many leads have each combination of these; see `totalOf`. */
export type LeadCounts = readonly {
  readonly status: LeadListStatus;
  readonly stage: string;
  readonly source: string;
  readonly overdue: boolean;
  readonly count: number;
}[];

type Counted = Pick<LeadFilter, 'status' | 'stage' | 'source' | 'overdue'>;

/** The counts of the leads that match the filter's text, agent and area, by everything else. */
export const countLeads = async (db: Kysely<unknown>, filter: LeadFilter, judged: Judged): Promise<LeadCounts> => {
  const { status: _, stage: __, source: ___, overdue: ____, ...rest } = filter;
  const { rows } = await ifThere(
    sql<LeadCounts[number]>`
      select status, stage, source, overdue, count(*)::int as count from ${leadsAsListed(judged)}
      where ${and(whereOf(rest))} group by 1, 2, 3, 4`.execute(db),
    { rows: [] },
  );
  return rows;
};

const same = (one: string, other: string | undefined) =>
  other === undefined || one.toLowerCase() === other.toLowerCase();

/** How many leads a list with this filter has. */
export const totalOf = (counts: LeadCounts, { status, stage, source, overdue }: Counted): number =>
  counts
    .filter(
      (one) =>
        same(one.status, status) &&
        same(one.stage, stage) &&
        same(one.source, source) &&
        (overdue ? one.overdue : true),
    )
    .reduce((sum, { count }) => sum + count, 0);
