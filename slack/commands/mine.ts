import { type RawBuilder, sql } from 'kysely';
import { buildSlackAnswer } from '../../delivery/slack/build-answer.ts';
import { type Block, context, header, section } from '../../delivery/slack/build-message.ts';
import { type Mrkdwn, moment, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { shortened } from '../../platform/words.ts';
import { fullName, shortName } from '../../schedulers/lead-offers/offer-message.ts';
import type { Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';
import type { KnownAgent } from '../who.ts';

type Row = {
  readonly contactKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly leadStage: string | null;
  readonly mobilePhone: string | null;
  readonly email: string | null;
  readonly firstResponseAt: Date | null;
  readonly offerExpiresAt: Date | null;
  readonly total: number;
};

const shown = 15;

/** `/openhouse mine`: the offers that wait for the agent, and the leads they have; those without a response first. */
export const mine = async ({ db, clock }: SlackDeps, { memberKey }: KnownAgent): Promise<Handled> => {
  const read = async (which: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<readonly Row[]> => {
    const { rows } = await sql<Row>`
      select contact_key as "contactKey", first_name as "firstName", last_name as "lastName", lead_stage as "leadStage",
        mobile_phone as "mobilePhone", email, first_response_at as "firstResponseAt",
        offer_expires_at as "offerExpiresAt", (count(*) over ())::int as total
      from read.leads where ${which} order by ${order}, contact_key limit ${shown}`.execute(db);
    return rows;
  };
  const [offers, leads] = await Promise.all([
    read(
      sql`owner_member_key is null and offer_key is not null and offered_member_keys @> array[${memberKey}]`,
      sql`offer_expires_at nulls last`,
    ),
    read(
      sql`owner_member_key = ${memberKey} and coalesce(lead_stage, 'New') not in ('Closed', 'Trash')`,
      sql`first_response_at is not null, assigned_at desc nulls last`,
    ),
  ]);
  const offersTotal = offers[0]?.total ?? 0;
  const leadsTotal = leads[0]?.total ?? 0;
  const blocks: Block[] = [
    header(`Offers that wait for you: ${offersTotal}`),
    ...offers.map((row) => section(offerLine(row, clock.now()))),
    ...more(offersTotal),
    header(`Your leads: ${leadsTotal}`),
    ...leads.map((row) => section(leadLine(row))),
    ...more(leadsTotal),
  ];
  return { outcome: 'mine', answer: buildSlackAnswer(`${offersTotal} offers, ${leadsTotal} leads`, blocks) };
};

const more = (total: number): Block[] => (total > shown ? [context(mrkdwn`… and ${total - shown} more`)] : []);

const offerLine = (row: Row, now: Date): Mrkdwn => {
  const due = row.offerExpiresAt;
  if (due === null) return mrkdwn`*${shortName(row)}*`;
  return due <= now
    ? mrkdwn`*${shortName(row)}*: the time to answer is over`
    : mrkdwn`*${shortName(row)}*: answer by ${moment(due.toISOString())}`;
};

const leadLine = (row: Row): Mrkdwn => {
  const facts = [row.leadStage, row.mobilePhone, row.email, row.firstResponseAt === null ? 'no response yet' : null];
  return mrkdwn`*${shortened(fullName(row), 200) || 'no name given'}*: ${facts.filter(Boolean).join(', ')}`;
};
