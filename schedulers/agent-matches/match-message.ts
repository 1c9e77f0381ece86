import type { NewMessage } from '../../delivery/outbox.ts';
import { type Block, buildSlackMessage, context, fields, header, section } from '../../delivery/slack/build-message.ts';
import { escapedLength, inLines, type Mrkdwn, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { dollars } from '../../domain/dollars.ts';
import { factsInWords } from '../../domain/listing/index.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { News } from '../../matching/news.ts';
import { listed, oneLine, shortened } from '../../platform/wording/words.ts';
import type { Home } from '../alerts/homes.ts';
import { fullName } from '../lead-offers/messages/offer-message.ts';

/** News about a home, and the agent's buyers whom it fits. */
export type AgentNews = {
  readonly home: Home;
  readonly news: News;
  /** The position in `$all` of the newest change. */
  readonly position: string;
  readonly buyers: readonly {
    readonly contactKey: string;
    readonly firstName: string | null;
    readonly lastName: string | null;
  }[];
};

export type AgentToNotify = { readonly memberKey: string; readonly slackUserId: string };

/** How many homes get a message of their own; more than these become one message. */
const mostMessages = 5;
/** How many homes one message lists. */
const mostLines = 40;

/** The messages to an agent: one for each home or, when there are many, one for all of them. */
export const matchMessages = (agent: AgentToNotify, found: readonly AgentNews[]): readonly NewMessage[] =>
  found.length <= mostMessages ? found.map((one) => aboutOne(agent, one)) : [aboutMany(agent, found)];

const aboutOne = (agent: AgentToNotify, one: AgentNews): NewMessage => {
  const { home } = one;
  const title = `${fitting(one.buyers.length)}: ${labelOf(one.news)}, ${addressOf(home)}`;
  return message(agent, [one], title, [
    header(title),
    ...fields(
      [
        ['Price', priceOf(one)],
        ['Home', factsInWords(home).join(' · ')],
        ['MLS number', home.listingId],
        ['Status', home.standardStatus],
      ].flatMap(([label, value]): Mrkdwn[] => (value ? [mrkdwn`*${label!}*\n${shortened(oneLine(value), 300)}`] : [])),
    ),
    section(mrkdwn`*Your buyers*\n${namesOf(one, 1_000)}`),
    context(mrkdwn`They get it by e-mail as their saved searches specify.`),
  ]);
};

const aboutMany = (agent: AgentToNotify, found: readonly AgentNews[]): NewMessage => {
  const title = `${found.length} homes fit buyers of yours`;
  const lines = found
    .slice(0, mostLines)
    .map(
      (one) =>
        mrkdwn`• *${shortened(addressOf(one.home), 80, escapedLength)}* (${labelOf(one.news)}, ${priceOf(one)}): ${namesOf(one, 100)}`,
    );
  const blocks: Block[] = [];
  // Ten lines fit into a section, whatever names people have: each has 280 characters at most.
  for (let start = 0; start < lines.length; start += 10) blocks.push(section(inLines(lines.slice(start, start + 10))));
  const left = found.length - lines.length;
  return message(agent, found, title, [
    header(title),
    ...blocks,
    ...(left > 0 ? [context(mrkdwn`… and ${left} more`)] : []),
  ]);
};

const message = (
  { memberKey, slackUserId }: AgentToNotify,
  about: readonly AgentNews[],
  title: string,
  blocks: readonly Block[],
): NewMessage => {
  const homes = about.map(({ home, position, buyers }) => ({
    listingKey: home.listingKey,
    position,
    contactKeys: buyers.map(({ contactKey }) => contactKey),
  }));
  return {
    channel: 'slack',
    kind: 'agent-match',
    dedupeKey: `agent-match/${memberKey}/${deterministicId(homes.map((one) => `${one.listingKey}@${one.position}`).join(' '))}`,
    memberKey,
    recipient: slackUserId,
    message: buildSlackMessage({
      channel: slackUserId,
      text: title,
      blocks,
      metadata: { event_type: 'agent_match', event_payload: { member_key: memberKey } },
    }),
    context: { matches: homes },
  };
};

/** `3 of your buyers fit` */
const fitting = (buyers: number): string => (buyers === 1 ? 'One of your buyers fits' : `${buyers} of your buyers fit`);

/** Names only: how to reach them is on their pages. */
const namesOf = ({ buyers }: AgentNews, most: number): string =>
  listed(
    buyers.map((buyer) => shortened(fullName(buyer) || 'a buyer without a name', 60)),
    { most, sizeOf: escapedLength },
  );

const labelOf = ({ changeType }: News): string => (changeType === 'New Listing' ? 'new' : changeType.toLowerCase());

const priceOf = ({ home, news }: AgentNews): string => {
  const price = home.listPrice ? dollars(home.listPrice) : 'price on request';
  return news.previousListPrice === null ? price : `${price}, was ${dollars(news.previousListPrice)}`;
};

/** Agents see the address even where the seller does not want it on the Web. */
const addressOf = (home: Home): string =>
  oneLine(home.unparsedAddress ?? '') || oneLine(home.listingId ?? '') || home.listingKey;
