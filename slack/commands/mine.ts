import { buildSlackAnswer, type SlackAnswer } from '../../delivery/slack/build-answer.ts';
import { type Block, context, header, section } from '../../delivery/slack/build-message.ts';
import { type Mrkdwn, moment, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { counted, shortened } from '../../platform/wording/words.ts';
import type { KnownAgent } from '../../queries/agents/agents-of-slack-user.ts';
import { type AgentsLead, readLeadsOfAgent } from '../../queries/leads/leads-of-agent.ts';
import { fullName, shortName } from '../../schedulers/lead-offers/messages/offer-message.ts';
import type { Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';

const shown = 15;

/** `/openhouse mine`: the offers that wait for the agent, and the leads they have; those without a response first. */
export const mine = async ({ db, clock }: SlackDeps, { memberKey }: KnownAgent): Promise<Handled> => {
  return { outcome: 'mine', answer: mineAnswer(await readLeadsOfAgent(db, memberKey, shown), clock.now()) };
};

/** The answer itself. */
export const mineAnswer = ({ offers, leads }: Awaited<ReturnType<typeof readLeadsOfAgent>>, now: Date): SlackAnswer => {
  const offersTotal = offers[0]?.total ?? 0;
  const leadsTotal = leads[0]?.total ?? 0;
  const blocks: Block[] = [
    header(`Offers waiting for you: ${offersTotal}`),
    ...offers.map((row) => section(offerLine(row, now))),
    ...more(offersTotal),
    header(`Your leads: ${leadsTotal}`),
    ...leads.map((row) => section(leadLine(row))),
    ...more(leadsTotal),
  ];
  return buildSlackAnswer(`${counted(offersTotal, 'offer')}, ${counted(leadsTotal, 'lead')}`, blocks);
};

const more = (total: number): Block[] => (total > shown ? [context(mrkdwn`… and ${total - shown} more`)] : []);

const offerLine = (row: AgentsLead, now: Date): Mrkdwn => {
  const due = row.offerExpiresAt;
  if (due === null) return mrkdwn`*${shortName(row)}*`;
  return due <= now
    ? mrkdwn`*${shortName(row)}*: the time to answer is over`
    : mrkdwn`*${shortName(row)}*: answer by ${moment(due.toISOString())}`;
};

const leadLine = (row: AgentsLead): Mrkdwn => {
  const facts = [row.leadStage, row.mobilePhone, row.email, row.firstResponseAt === null ? 'no response yet' : null];
  return mrkdwn`*${shortened(fullName(row), 200) || 'no name given'}*: ${facts.filter(Boolean).join(', ')}`;
};
