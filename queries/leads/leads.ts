import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import { priceRange } from '../../domain/dollars.ts';
import { closedStages } from '../../domain/lead/index.ts';
import type { Warning } from '../../domain/values.ts';
import { hasUnclearStage, isNewLeadRow } from '../../projections/leads/new-lead.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { type Database, typed } from '../../tables/database.ts';
import { agentNames } from '../agents/agent-names.ts';
import { ifThere } from '../if-there.ts';

/** A new lead that has no agent and no open offer. */
export type WaitingLead = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly wants: string | null;
  readonly capturedAt: Date | null;
  /**
   * Why the last run of lead matching found no agent; `null`: it has not looked at this lead yet, or did not record
   * why.
   */
  readonly whyNobody: string | null;
};

/** A lead with an open offer. */
export type OfferedLead = {
  readonly contactKey: string;
  readonly name: string | null;
  readonly wants: string | null;
  /** The agents who can accept it, with their names if they have one. */
  readonly members: readonly { readonly memberKey: string; readonly name: string | null }[];
  /** `null`: an offer of the old CRM, which has no deadline. */
  readonly expiresAt: Date | null;
};

export type LeadsWithoutAgent = {
  readonly waiting: { readonly total: number; readonly rows: readonly WaitingLead[] };
  readonly offered: { readonly total: number; readonly rows: readonly OfferedLead[] };
  /** Leads without an agent that somebody has worked on, by stage. */
  readonly workedOn: readonly { readonly leadStage: string; readonly count: number }[];
  /** Leads without an agent whose stage was not understood: a person has to correct it. The first hundred. */
  readonly unclearStage: {
    readonly total: number;
    readonly rows: readonly { readonly contactKey: string; readonly name: string | null; readonly found: string }[];
  };
};

const shown = 100;

/** A new lead (`isNewLead`) without an agent or an open offer. */
export const isWaiting = (eb: ExpressionBuilder<Database, 'read.leads'>) =>
  eb.and([eb('ownerMemberKey', 'is', null), eb('offerKey', 'is', null), isNewLeadRow]);

const about = ['contactKey', 'firstName', 'lastName', 'cities', 'postalCodes', 'listPriceMin', 'listPriceMax'] as const;

type About = Pick<Selectable<Database['read.leads']>, (typeof about)[number]>;

const nameOf = ({ firstName, lastName }: About): string | null =>
  [firstName, lastName].filter((part) => part !== null).join(' ') || null;

const wantsOf = ({ cities, postalCodes, listPriceMin: min, listPriceMax: max }: About): string | null => {
  const price = priceRange(min === null ? null : Number(min), max === null ? null : Number(max));
  return [...(cities ?? []), ...(postalCodes ?? []), ...(price === null ? [] : [price])].join(', ') || null;
};

/** All leads that have no agent yet, and why. Both lists have the newest hundred. */
export const readLeadsWithoutAgent = async (db: Kysely<unknown>): Promise<LeadsWithoutAgent> => {
  const leads = typed(db).selectFrom('read.leads');
  const total = sql<string>`count(*) over ()`.as('total');
  const [waiting, offered, workedOn, unclear, why] = await Promise.all([
    ifThere(
      leads
        .select([...about, 'capturedAt'])
        .select(total)
        .where(isWaiting)
        .orderBy('capturedAt', (order) => order.desc().nullsLast())
        .orderBy('contactKey')
        .limit(shown)
        .execute(),
      [],
    ),
    ifThere(
      leads
        .select([...about, 'offeredMemberKeys', 'offerExpiresAt'])
        .select(total)
        .where('ownerMemberKey', 'is', null)
        .where('offerKey', 'is not', null)
        .orderBy('offerExpiresAt', (order) => order.desc().nullsLast())
        .orderBy('contactKey')
        .limit(shown)
        .execute(),
      [],
    ),
    ifThere(
      leads
        .select(({ fn }) => ['leadStage', fn.countAll<string>().as('count')])
        .where('ownerMemberKey', 'is', null)
        .where('offerKey', 'is', null)
        .where('leadStage', 'not in', ['New', ...closedStages])
        .groupBy('leadStage')
        .orderBy('count', 'desc')
        .execute(),
      [],
    ),
    ifThere(
      leads
        .select([...about, 'warnings'])
        .select(total)
        .where('ownerMemberKey', 'is', null)
        .where('offerKey', 'is', null)
        .where(hasUnclearStage)
        .orderBy('contactKey')
        .limit(shown)
        .execute(),
      [],
    ),
    whyNobody(db),
  ]);
  const agents = await agentNames(
    db,
    offered.flatMap(({ offeredMemberKeys }) => offeredMemberKeys ?? []),
  );
  return {
    waiting: {
      total: Number(waiting[0]?.total ?? 0),
      rows: waiting.map((row) => ({
        contactKey: row.contactKey,
        name: nameOf(row),
        wants: wantsOf(row),
        capturedAt: row.capturedAt,
        whyNobody: why.get(row.contactKey) ?? null,
      })),
    },
    offered: {
      total: Number(offered[0]?.total ?? 0),
      rows: offered.map((row) => ({
        contactKey: row.contactKey,
        name: nameOf(row),
        wants: wantsOf(row),
        members: (row.offeredMemberKeys ?? []).map((memberKey) => ({ memberKey, name: agents.get(memberKey) ?? null })),
        expiresAt: row.offerExpiresAt,
      })),
    },
    workedOn: workedOn.map(({ leadStage, count }) => ({ leadStage: leadStage!, count: Number(count) })),
    unclearStage: {
      total: Number(unclear[0]?.total ?? 0),
      rows: unclear.map((row) => ({
        contactKey: row.contactKey,
        name: nameOf(row),
        found: ((row.warnings ?? []) as Warning[]).find(({ field }) => field === 'leadStage')?.found ?? '',
      })),
    },
  };
};

/** Why the last run of lead matching found no agent, by contact key. */
const whyNobody = async (db: Kysely<unknown>): Promise<ReadonlyMap<string, string>> => {
  const last = await ifThere(
    typed(db)
      .selectFrom('ops.jobRun')
      .select('report')
      .where('job', '=', leadOffers.name)
      .where('result', '=', 'succeeded')
      .orderBy('startedAt', 'desc')
      .limit(1)
      .executeTakeFirst(),
    undefined,
  );
  const { unmatched = [] } = (last?.report ?? {}) as { unmatched?: { contactKey: string; summary: string }[] };
  return new Map(unmatched.map(({ contactKey, summary }) => [contactKey, summary]));
};
