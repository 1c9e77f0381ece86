import { type Kysely, sql } from 'kysely';
import type { Warning } from '../../domain/values.ts';
import { hasUnclearStage, isNewLeadRow } from '../../projections/leads/new-lead.ts';
import { leadOffers } from '../../schedulers/lead-offers/job.ts';
import { camelCased, typed } from '../../tables/database.ts';
import { ifThere } from '../if-there.ts';

/** Why each of these leads, which have no agent and are not on offer, is not offered to anyone; in words. */
export const whyNoAgent = async (
  db: Kysely<unknown>,
  contactKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  if (contactKeys.length === 0) return new Map();
  const { rows } = await sql<{ contactKey: string; isNew: boolean; unclear: boolean; warnings: Warning[] | null }>`
    select contact_key, ${isNewLeadRow} as is_new, ${hasUnclearStage} as unclear, warnings
    from read.leads where contact_key = any (${contactKeys})`.execute(camelCased(db));
  const unmatched = await lastUnmatched(db);
  return new Map(
    rows.map(({ contactKey, isNew, unclear, warnings }) => {
      if (isNew) return [contactKey, unmatched.get(contactKey) ?? 'Not looked at yet'];
      if (!unclear) return [contactKey, 'Someone has worked on it: only new leads are offered'];
      const found = (warnings ?? []).find(({ field }) => field === 'leadStage')?.found;
      return [contactKey, `Its stage in the old CRM, “${found}”, is not known here: set the right one`];
    }),
  );
};

/** Why the last run of lead matching found no agent, by contact key. */
const lastUnmatched = async (db: Kysely<unknown>): Promise<ReadonlyMap<string, string>> => {
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
