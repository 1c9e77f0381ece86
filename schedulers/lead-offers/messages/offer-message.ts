import { type NewMessage, ourChannel } from '../../../delivery/outbox.ts';
import {
  actions,
  buildSlackMessage,
  deadline,
  fields,
  header,
  section,
  slackLimits,
} from '../../../delivery/slack/build-message.ts';
import { escapedLength, inLines, type Mrkdwn, moment, mrkdwn } from '../../../delivery/slack/mrkdwn.ts';
import type { Known } from '../../../domain/changes.ts';
import { priceRange } from '../../../domain/dollars.ts';
import type { LeadFields, OfferReason } from '../../../domain/lead/index.ts';
import { firstCharacter, isBlank, listed, oneLine, shortened } from '../../../platform/wording/words.ts';
import { offerDedupeKey } from '../reading/offer-dedupe-key.ts';
import type { OfferableAgent } from '../reading/read-agents.ts';
import type { OfferableLead } from '../reading/read-leads.ts';
import { withoutContacts } from './without-contacts.ts';

export type OfferToTell = {
  readonly offerKey: string;
  readonly reasons: readonly OfferReason[];
  /** `null`: it stands until it is answered. */
  readonly expiresAt: string | null;
  /** How many were offered the lead with it. */
  readonly offeredTo: number;
  readonly lead: OfferableLead;
  readonly agent: Pick<OfferableAgent, 'memberKey' | 'memberFullName' | 'slackUserId'>;
};

/** As much of a lead as messages show; what is not known is missing or `null`. */
export type LeadToTell = Known<
  Pick<
    LeadFields,
    'firstName' | 'lastName' | 'cities' | 'postalCodes' | 'listPriceMin' | 'listPriceMax' | 'bedroomsMin' | 'languages'
  >
> & {
  readonly timeframe?: string | null;
  readonly leadSource?: string | null;
  readonly leadStage?: string | null;
};

/** The longest that one value may be, in characters; the rest is on the lead’s page. */
const longestFact = 500;

/**
 * The Slack message that offers a lead: who it is, what they look for, why this agent, and two buttons. It goes to the
 * agent if we know their Slack user, otherwise to the configured channel. It has no contact details, which the agent gets
 * on accepting, and its metadata, which the whole workspace can read, has only keys.
 */
export const offerMessage = ({ offerKey, reasons, expiresAt, offeredTo, lead, agent }: OfferToTell): NewMessage => {
  const told = withoutContactData(lead);
  const name = shortName(told);
  const score = reasons.reduce((sum, { points }) => sum + points, 0);
  const agentName = fact(agent.memberFullName ?? agent.memberKey);
  const value = { offerKey, contactKey: lead.contactKey, memberKey: agent.memberKey };
  return {
    channel: 'slack',
    kind: 'lead-offer',
    dedupeKey: offerDedupeKey(offerKey, agent.memberKey, offeredTo),
    contactKey: lead.contactKey,
    memberKey: agent.memberKey,
    recipient: agent.slackUserId ?? ourChannel,
    message: buildSlackMessage({
      channel: agent.slackUserId,
      text: `${agent.slackUserId === null ? `For ${agentName}: a` : 'A'} new lead: ${name} (accept or pass)`,
      blocks: [
        header(`New lead: ${name}`),
        ...(agent.slackUserId === null ? [section(mrkdwn`For *${agentName}*`)] : []),
        ...fields(factsOf(told)),
        section(inLines([mrkdwn`*Why you* (${score} points)`, ...reasonLines(reasons)])),
        deadline(deadlineText(expiresAt, offeredTo)),
        actions([
          { label: 'Accept', actionId: 'accept_lead', value, style: 'primary' },
          { label: 'Pass', actionId: 'pass_lead', value },
        ]),
      ],
      metadata: {
        event_type: 'lead_offer',
        event_payload: { offer_key: offerKey, contact_key: lead.contactKey, member_key: agent.memberKey },
      },
    }),
    context: { offerKey, score, reasons, expiresAt },
  };
};

/** The lead as an offer shows it: how to reach it comes with accepting. */
const withoutContactData = (lead: OfferableLead): LeadToTell => {
  const clean = (text: string | null | undefined) => (text ? withoutContacts(text) : null);
  return {
    ...lead,
    firstName: clean(lead.firstName),
    lastName: clean(lead.lastName),
    cities: lead.cities?.map(withoutContacts) ?? null,
    languages: lead.languages?.map(withoutContacts) ?? null,
    timeframe: clean(lead.timeframe),
    leadSource: clean(lead.leadSource),
    leadStage: clean(lead.leadStage),
  };
};

const deadlineText = (expiresAt: string | null, offeredTo: number): Mrkdwn => {
  const others = offeredTo > 1 ? `The first of ${offeredTo} agents to accept gets this lead. ` : '';
  return expiresAt === null ? mrkdwn`${others}` : mrkdwn`${others}Please answer by ${moment(expiresAt)}`;
};

const fact = (text: string): string => shortened(oneLine(text), longestFact, escapedLength);

const reasonLines = (reasons: readonly OfferReason[]): Mrkdwn[] => {
  const lines: Mrkdwn[] = [];
  let room = slackLimits.section - 200;
  for (const { points, detail } of reasons) {
    const line = mrkdwn`• ${fact(detail)} (${points > 0 ? '+' : ''}${points})`;
    room -= line.markup.length + 1;
    if (room < 0) return [...lines, mrkdwn`… and ${reasons.length - lines.length} more`];
    lines.push(line);
  }
  return lines;
};

/** `Ana L.`: enough to talk about. */
export const shortName = ({ firstName, lastName }: Pick<LeadToTell, 'firstName' | 'lastName'>): string => {
  const initial = firstCharacter(oneLine(lastName ?? ''));
  const name = [oneLine(firstName ?? ''), initial === undefined ? null : `${initial}.`].filter(Boolean).join(' ');
  return isBlank(name) ? 'no name given' : name;
};

/** First and last name on one line; empty if neither is known. */
export const fullName = ({ firstName, lastName }: Pick<LeadToTell, 'firstName' | 'lastName'>): string =>
  [firstName, lastName]
    .map((part) => oneLine(part ?? ''))
    .filter((part) => !isBlank(part))
    .join(' ');

/** What a lead looks for, as short facts. */
export const factsOf = (lead: LeadToTell): Mrkdwn[] => {
  const known: readonly (readonly [string, string | null | undefined])[] = [
    ['Where', list([...(lead.cities ?? []), ...(lead.postalCodes ?? [])])],
    ['Budget', priceRange(lead.listPriceMin, lead.listPriceMax)],
    ['Bedrooms', (lead.bedroomsMin ?? null) === null ? null : `${lead.bedroomsMin} or more`],
    ['When', lead.timeframe],
    ['Languages', list(lead.languages ?? [])],
    ['Came through', lead.leadSource ?? null],
    ['Stage', lead.leadStage],
  ];
  return known
    .filter((one): one is readonly [string, string] => typeof one[1] === 'string')
    .map(([label, text]) => mrkdwn`*${label}*\n${fact(text)}`);
};

const list = (items: readonly string[]): string | null =>
  listed(items.map(oneLine).filter(Boolean), { most: longestFact, sizeOf: escapedLength }) || null;
