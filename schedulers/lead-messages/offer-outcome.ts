import { type Mrkdwn, mrkdwn } from '../../delivery/slack/mrkdwn.ts';
import type { Ending, LeadStory } from './story.ts';

/** What an offer's message says once it is over: `ended` while no one has the lead, `settled` once a person has. */
export type OfferOutcome = { readonly shown: 'ended' | 'settled'; readonly text: string; readonly markup: Mrkdwn };

/**
 * What came of an offer, for the agent it was made to; `null` while it is open.
 *
 * @param about `direct`: the message is the agent's own, and not in a channel that others read
 */
export const offerOutcome = (
  story: LeadStory,
  about: { readonly offerKey: string; readonly memberKey: string; readonly direct: boolean },
  nameOf: (memberKey: string) => string,
): OfferOutcome | null => {
  const { owner } = story;
  const ending = story.endings.get(`${about.offerKey}/${about.memberKey}`);
  if (ending === undefined) return null;
  const who = about.direct ? 'You' : nameOf(about.memberKey);
  const ended = endingWords(ending, who);
  const settled =
    owner === null || (ending.kind === 'accepted' && owner.memberKey === about.memberKey)
      ? null
      : ownerWords(story, nameOf);
  const next = owner === null && ending.kind !== 'accepted' ? 'The lead goes to the next agent.' : null;
  const words = [ended, settled ?? next].filter((one) => one !== null).join(' ');
  return { shown: owner === null ? 'ended' : 'settled', text: words, markup: mrkdwn`*${words}*` };
};

const endingWords = (ending: Ending, who: string): string | null => {
  switch (ending.kind) {
    case 'accepted':
      return `${who} accepted this lead.`;
    case 'passed':
      return `${who} passed${ending.passReason === null ? '' : ` (${ending.passReason.toLowerCase()})`}.`;
    case 'expired':
      return 'This offer expired without an answer.';
    case 'withdrawn':
      return 'This offer was withdrawn.';
    case 'taken':
    case 'over':
      return null;
    default:
      return ending satisfies never;
  }
};

const ownerWords = ({ owner }: LeadStory, nameOf: (memberKey: string) => string): string | null => {
  if (owner === null) return null;
  const name = nameOf(owner.memberKey);
  if (owner.how === 'accepted') return `Taken by ${name}.`;
  return owner.how === 'escalated' ? `No agent took it: ${name} has it now.` : `Given to ${name}.`;
};
