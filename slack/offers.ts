import type { CommandContext } from '../commands/execute.ts';
import { acceptOffer } from '../commands/leads/accept-offer.ts';
import { loadLead } from '../commands/leads/load-lead.ts';
import { passOffer } from '../commands/leads/pass-offer.ts';
import { buildSlackView, choice, freeText, type SlackView } from '../delivery/slack/build-view.ts';
import { type LeadState, type PassReason, passReasons } from '../domain/lead/index.ts';
import { agentNames } from '../queries/agents/agent-names.ts';
import type { KnownAgent } from '../queries/agents/agents-of-slack-user.ts';
import { queueLeadMessages } from '../schedulers/lead-messages/queue-lead-messages.ts';
import { answerWith, type Handled, refused } from './answers.ts';
import type { SlackDeps } from './deps.ts';

export type OfferKeys = { readonly offerKey: string; readonly contactKey: string };

/** Accept was pressed. */
export const accept = async (
  deps: SlackDeps,
  { offerKey, contactKey }: OfferKeys,
  agent: KnownAgent,
  context: CommandContext,
): Promise<Handled> => {
  const result = await acceptOffer(deps.store, { contactKey, offerKey, memberKey: agent.memberKey }, context);
  if (!result.ok) return await explained(deps, contactKey, result.rejection, agent);
  await queueLeadMessages(deps, result.contactKey);
  if (result.contactKey !== contactKey) await queueLeadMessages(deps, contactKey);
  return result.events.length > 0
    ? answerWith('accepted', 'The lead is yours. A separate message has the contact details.')
    : answerWith('accepted-before', 'You have this lead already.');
};

/** The form that Pass opens. `responseUrl` is where the answer goes once it is sent. */
export const passForm = ({ offerKey, contactKey }: OfferKeys, responseUrl: string): SlackView =>
  buildSlackView({
    callbackId: 'pass_lead',
    title: 'Pass on this lead',
    submit: 'Pass',
    blocks: [
      choice(
        'reason',
        'Why?',
        passReasons.map((reason) => ({ label: reason, value: reason })),
      ),
      freeText('note', 'Anything the broker should know (only the brokerage sees it)'),
    ],
    metadata: { offerKey, contactKey, responseUrl },
  });

/** Why the form need not be opened; `null` when the agent can still pass. */
export const whyNotPass = async (
  deps: SlackDeps,
  { offerKey, contactKey }: OfferKeys,
  agent: KnownAgent,
  now: Date,
): Promise<Handled | null> => {
  const { state } = await loadLead(deps.store, contactKey);
  if (state.fields.ownerMemberKey === agent.memberKey)
    return answerWith('accepted-before', 'You have this lead already.');
  const code = whyClosed(state, offerKey, agent, now);
  return code === null ? null : await explained(deps, contactKey, { code, message: '' }, agent);
};

const whyClosed = ({ openOffer, fields }: LeadState, offerKey: string, agent: KnownAgent, now: Date): string | null => {
  if (openOffer?.offerKey !== offerKey) return fields.ownerMemberKey ? 'offer-taken' : 'offer-missing';
  if (!openOffer.memberKeys.includes(agent.memberKey)) return 'offer-elsewhere';
  return openOffer.expiresAt !== null && now.getTime() >= Date.parse(openOffer.expiresAt) ? 'offer-expired' : null;
};

/** The form was sent. */
export const pass = async (
  deps: SlackDeps,
  { offerKey, contactKey }: OfferKeys,
  given: { readonly reason: string | null; readonly note: string | null },
  agent: KnownAgent,
  context: CommandContext,
): Promise<Handled> => {
  const passReason = passReasons.find((reason) => reason === given.reason) as PassReason | undefined;
  const note = given.note?.trim();
  const result = await passOffer(
    deps.store,
    {
      contactKey,
      offerKey,
      memberKey: agent.memberKey,
      ...(passReason === undefined ? {} : { passReason }),
      ...(note ? { note } : {}),
    },
    context,
  );
  if (!result.ok) return await explained(deps, contactKey, result.rejection, agent);
  await queueLeadMessages(deps, result.contactKey);
  return result.events.length > 0
    ? answerWith('passed', 'You passed. The lead goes to the next agent.')
    : answerWith('passed-before', 'You already passed on this lead.');
};

const explained = async (
  { db, store }: SlackDeps,
  contactKey: string,
  rejection: Parameters<typeof refused>[0],
  agent: KnownAgent,
): Promise<Handled> => {
  const { state } = await loadLead(store, contactKey);
  const owner = state.fields.ownerMemberKey ?? null;
  const names = owner === null ? new Map<string, string>() : await agentNames(db, [owner]);
  return refused(rejection, owner === agent.memberKey ? 'you' : (names.get(owner ?? '') ?? null));
};
