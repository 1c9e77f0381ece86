import { buildSlackAnswer, type SlackAnswer } from '../../delivery/slack/build-answer.ts';
import { context, header, section } from '../../delivery/slack/build-message.ts';
import { inLines, moment, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import { streamName } from '../../domain/events.ts';
import type { LeadEvent } from '../../domain/lead/index.ts';
import { isReadable } from '../../eventstore/stored-event.ts';
import { shortened } from '../../platform/wording/words.ts';
import type { KnownAgent } from '../../queries/agents/agents-of-slack-user.ts';
import { leadsOfAgentAmong } from '../../queries/leads/leads-of-agent.ts';
import { findAnything } from '../../queries/search/find.ts';
import { type LeadToTell, shortName } from '../../schedulers/lead-offers/messages/offer-message.ts';
import { answerWith, type Handled } from '../answers.ts';
import type { SlackDeps } from '../deps.ts';

type Offered = Extract<LeadEvent, { type: 'LeadOffered' }>['data'];

const reasonsShown = 20;

/**
 * `/openhouse why <lead>`: why the lead was last offered to this agent. Agents learn of leads that are theirs or that were offered to
 * them; of others they learn nothing, not even whether there are any.
 */
export const why = async ({ db, store }: SlackDeps, text: string, { memberKey }: KnownAgent): Promise<Handled> => {
  if (text === '') return answerWith('lead-missing', 'Which lead? /openhouse why Ana Lopez');
  const unknown = answerWith('lead-unknown', `Nothing called “${shortened(text, 80)}” was offered to you.`);
  const found = await findAnything(db, ['lead'], text.slice(0, 320));
  if (found.length === 0) return unknown;
  const rows = await leadsOfAgentAmong(
    db,
    memberKey,
    found.map(({ key }) => key),
  );
  const [lead, ...others] = rows;
  if (lead === undefined) return unknown;
  if (others.length > 0)
    return answerWith(
      'lead-ambiguous',
      `${rows.length} of your leads match. Say more: a full name, or an e-mail address.`,
    );

  let last: { data: Offered; at: string } | null = null;
  for await (const stored of store.readStream(streamName('lead', lead.contactKey))) {
    if (!isReadable(stored) || stored.event.type !== 'LeadOffered') continue;
    const { data } = stored.event as Extract<LeadEvent, { type: 'LeadOffered' }>;
    if (data.memberKeys.includes(memberKey)) last = { data, at: stored.metadata.occurredAt };
  }
  if (last === null)
    return answerWith('never-offered', `${shortName(lead)} was given to you directly, without an offer.`);
  return { outcome: 'why', answer: whyAnswer(lead, last.data, last.at, memberKey) };
};

/** The answer itself. @param at when it was offered, ISO 8601 */
export const whyAnswer = (
  lead: Pick<LeadToTell, 'firstName' | 'lastName'>,
  data: Offered,
  at: string,
  memberKey: string,
): SlackAnswer => {
  const mine = data.candidates?.find((candidate) => candidate.memberKey === memberKey);
  const lines =
    mine === undefined || data.memberKeys[0] === memberKey
      ? data.reasons.map(
          ({ detail, points }) => mrkdwn`• ${shortened(detail, 120)} (${points > 0 ? '+' : ''}${points})`,
        )
      : Object.entries(mine.components).map(([name, points]) => mrkdwn`• ${name}: ${points}`);
  const score = mine?.score ?? data.score;
  const rivals = data.candidates === undefined ? null : data.candidates.length - 1;
  return buildSlackAnswer(`Why ${shortName(lead)} was offered to you`, [
    header(`Why ${shortName(lead)} was offered to you`),
    section(
      lines.length === 0
        ? mrkdwn`This offer came from the old CRM, which recorded no reasons.`
        : inLines(lines.slice(0, reasonsShown)),
    ),
    context(
      mrkdwn`Offered ${moment(at)}${score === undefined ? '' : `, ${score} points`}${rivals === null ? '' : `, ${rivals} others could have had it`}${data.rule === undefined ? '' : `, by the rule “${shortened(data.rule, 100)}”`}`,
    ),
  ]);
};
