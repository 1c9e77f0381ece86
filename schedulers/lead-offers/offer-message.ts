import type { NewMessage } from '../../delivery/outbox.ts';
import type { OfferReason } from '../../domain/lead/index.ts';
import { weights } from '../../matching/agent-fit.ts';
import type { OfferableAgent, OfferableLead } from './read-leads.ts';

export type OfferToTell = {
  readonly offerKey: string;
  readonly reasons: readonly OfferReason[];
  readonly expiresAt: string;
  readonly lead: OfferableLead;
  readonly agent: Pick<OfferableAgent, 'memberKey' | 'memberFullName' | 'slackUserId'>;
};

const mostPoints = Object.values(weights).reduce((sum, points) => sum + points, 0);

/**
 * The Slack message that offers a lead: who it is, what they look for, why this agent, and two buttons. To the agent, if we
 * know them in Slack, else to the channel of the configuration. How to reach the lead is not told before it is accepted,
 * and the metadata, which all the workspace can read, holds keys alone.
 */
export const offerMessage = ({ offerKey, reasons, expiresAt, lead, agent }: OfferToTell): NewMessage => {
  const name = shortName(lead);
  const score = reasons.reduce((sum, { points }) => sum + points, 0);
  const forWhom = agent.slackUserId === null ? `For ${agent.memberFullName ?? agent.memberKey}: a` : 'A';
  const text = `${forWhom} new lead: ${name} (accept or pass)`;
  const value = JSON.stringify({ offerKey, contactKey: lead.contactKey, memberKey: agent.memberKey });
  const until = Math.floor(Date.parse(expiresAt) / 1000);
  const facts = factsOf(lead);
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: `New lead: ${name}`.slice(0, 150), emoji: false } },
    ...(agent.slackUserId === null
      ? [{ type: 'section', text: mrkdwn(`For *${escaped(agent.memberFullName ?? agent.memberKey)}*`) }]
      : []),
    ...(facts.length === 0
      ? []
      : [{ type: 'section', fields: facts.map(([label, fact]) => mrkdwn(`*${label}*\n${escaped(fact)}`)) }]),
    {
      type: 'section',
      text: mrkdwn(
        [`*Why you* (${score} of ${mostPoints} points)`, ...reasons.map(reasonLine)].join('\n').slice(0, 3000),
      ),
    },
    {
      type: 'context',
      elements: [mrkdwn(`Please answer by <!date^${until}^{date_short_pretty} {time}|${expiresAt}>`)],
    },
    {
      type: 'actions',
      elements: [
        { ...button('Accept', value), action_id: 'accept_lead', style: 'primary' },
        { ...button('Pass', value), action_id: 'pass_lead' },
      ],
    },
  ];
  return {
    channel: 'slack',
    kind: 'lead-offer',
    dedupeKey: `lead-offer/${offerKey}`,
    contactKey: lead.contactKey,
    memberKey: agent.memberKey,
    recipient: agent.slackUserId ?? 'channel',
    message: {
      channel: agent.slackUserId,
      text,
      blocks,
      metadata: {
        event_type: 'lead_offer',
        event_payload: { offer_key: offerKey, contact_key: lead.contactKey, member_key: agent.memberKey },
      },
    },
    context: { offerKey, score, reasons, expiresAt },
  };
};

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const button = (label: string, value: string) => ({
  type: 'button',
  text: { type: 'plain_text', text: label, emoji: false },
  value,
});

const reasonLine = ({ points, detail }: OfferReason) => `• ${escaped(detail)} (${points > 0 ? '+' : ''}${points})`;

/** Slack takes these three as the beginning of something else. */
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** `Ana L.`: enough to talk about. */
const shortName = ({ firstName, lastName }: OfferableLead): string => {
  const initial = lastName ? `${[...lastName][0]}.` : null;
  return [firstName, initial].filter(Boolean).join(' ') || 'no name given';
};

const factsOf = (lead: OfferableLead): readonly (readonly [string, string])[] => {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Where', [...(lead.cities ?? []), ...(lead.postalCodes ?? [])].join(', ') || null],
    ['Budget', budget(lead.listPriceMin ?? null, lead.listPriceMax ?? null)],
    ['Bedrooms', lead.bedroomsMin === null ? null : `${lead.bedroomsMin} or more`],
    ['When', lead.timeframe],
    ['Languages', lead.languages?.join(', ') || null],
    ['Came through', lead.leadSource],
    ['Stage', lead.leadStage],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
};

const budget = (from: number | null, to: number | null): string | null => {
  if (from !== null && to !== null) return `${dollars(from)} to ${dollars(to)}`;
  if (to !== null) return `up to ${dollars(to)}`;
  return from === null ? null : `from ${dollars(from)}`;
};

const dollars = (amount: number): string =>
  amount.toLocaleString('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
