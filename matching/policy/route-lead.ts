import type { ChainPlace, EscalationReason, OfferCandidate, OfferMode, OfferReason } from '../../domain/lead/index.ts';
import { minutesOf, type PolicyStep, type RoutingPolicyState } from '../../domain/routing-policy/index.ts';
import { type FitOptions, type PreparedAgent, type PreparedLead, prepareLead, reasonsOf } from '../agent-fit.ts';
import { byFit, type Candidate, findCandidates } from '../find-candidates.ts';
import { nextAtWork } from '../working-hours.ts';
import { type LeadToRoute, type RouteContext, ruleFor } from './conditions.ts';
import { endOfChain, isInStep } from './members.ts';

/**
 * How far a lead has got: the step of its chain (`null`: at the start). The agents who were asked before are on the
 * lead itself.
 */
export type LeadProgress = { readonly place: ChainPlace | null };

/** What happens to a lead next. */
export type Route =
  | {
      readonly kind: 'offer';
      readonly mode: OfferMode;
      readonly memberKeys: readonly string[];
      readonly policyVersion: number;
      readonly rule: string;
      readonly step: number;
      readonly score: number;
      readonly reasons: readonly OfferReason[];
      readonly candidates: readonly OfferCandidate[];
      readonly leftOut: Readonly<Record<string, readonly string[]>>;
      /** When it expires; `null`: it is open until it is answered. */
      readonly expiresAt: Date | null;
    }
  | {
      readonly kind: 'escalate';
      readonly memberKey: string;
      readonly escalationReason: EscalationReason;
      readonly policyVersion: number;
      readonly rule: string | null;
      readonly leftOut: Readonly<Record<string, readonly string[]>>;
    }
  /** No agent can have it, and there is no person to escalate it to. */
  | { readonly kind: 'wait'; readonly leftOut: Readonly<Record<string, readonly string[]>> };

/** The agents of the brokerage, prepared for comparing, by key. */
export type PreparedAgents = ReadonlyMap<string, PreparedAgent>;

/** The most agents to send one offer to; a pond of a thousand would not be a pond. */
const mostInPond = 50;

/**
 * What the policy says happens next to a lead without an agent or an open offer. The chain continues where it was, or
 * starts again if the policy has changed since. Steps in which no agent can have the lead are skipped; after the last
 * one, or if its offers cannot be sent, the lead goes to the person at the chain's end.
 */
export const routeLead = (
  { policy, policyVersion }: RoutingPolicyState,
  lead: LeadToRoute,
  agents: PreparedAgents,
  { place }: LeadProgress,
  context: RouteContext,
): Route => {
  const rule = ruleFor(policy, lead, context);
  const prepared = prepareLead(lead);
  let leftOut: Record<string, readonly string[]> = {};
  if (rule !== null && !context.offerRejected) {
    const here = place?.policyVersion === policyVersion && place.rule === rule.name ? place : null;
    for (let step = here?.step ?? 1; step <= rule.chain.length; step++) {
      const offers = here?.step === step ? here.offers : 0;
      const wanted = rule.chain[step - 1]!;
      if (wanted.attempts !== undefined && offers >= wanted.attempts) continue;
      const found = offerIn(wanted, prepared, lead, agents, policy.weights, context);
      if ('leftOut' in found && found.offer === null) {
        leftOut = found.leftOut;
        continue;
      }
      return { kind: 'offer', policyVersion, rule: rule.name, step, ...found.offer };
    }
  }
  const members = [...agents.values()].map(({ agent }) => agent);
  const person = endOfChain(policy, rule, members);
  if (person === null) return { kind: 'wait', leftOut };
  const escalationReason = context.offerRejected
    ? 'offer-rejected'
    : prepared.tried.size > 0
      ? 'chain-ended'
      : 'nobody-fits';
  return { kind: 'escalate', memberKey: person, escalationReason, policyVersion, rule: rule?.name ?? null, leftOut };
};

type Offer = Omit<Extract<Route, { kind: 'offer' }>, 'kind' | 'policyVersion' | 'rule' | 'step'>;

const offerIn = (
  step: PolicyStep,
  lead: PreparedLead,
  { listing }: LeadToRoute,
  agents: PreparedAgents,
  weights: FitOptions['weights'],
  { now, timeZone }: RouteContext,
): { readonly offer: Offer } | { readonly offer: null; readonly leftOut: Record<string, readonly string[]> } => {
  const { mode, offerTo, turns, atOnce = 10, workingHours } = step;
  const options: FitOptions = { weights, workingHours, coverage: offerTo === 'everyone' ? 'required' : 'preferred' };
  const listAgentKey = listing?.listAgentKey ?? null;
  const group = inStep(step, agents, listAgentKey);
  const found = findCandidates(lead, group, options);
  const leftOut = Object.fromEntries(found.leftOut);
  const ordered = mode === 'weightedRoundRobin' ? inTurn(found.candidates, agents, turns) : found.candidates;
  const [best] = ordered;
  if (best === undefined) return { offer: null, leftOut };
  const many = mode === 'firstToClaim' ? atOnce : mode === 'pond' ? mostInPond : 1;
  const memberKeys = ordered.slice(0, many).map(({ memberKey }) => memberKey);
  const first = agents.get(best.memberKey)!;
  return {
    offer: {
      mode,
      memberKeys,
      score: best.score,
      reasons: reasonsOf(lead, first, options),
      candidates: ordered.map(asKept),
      leftOut,
      expiresAt: deadline(
        step,
        memberKeys.map((memberKey) => agents.get(memberKey)!),
        now,
        timeZone,
      ),
    },
  };
};

function* inStep(step: PolicyStep, agents: PreparedAgents, listAgentKey: string | null): Generator<PreparedAgent> {
  if (step.offerTo === 'listingAgent') {
    const agent = listAgentKey === null ? undefined : agents.get(listAgentKey);
    if (agent !== undefined) yield agent;
    return;
  }
  for (const prepared of agents.values()) if (isInStep(step, prepared.agent, listAgentKey)) yield prepared;
}

/** Smooth weighted round robin: the agent who is owed most once everyone has been credited their turn. */
const inTurn = (
  candidates: readonly Candidate[],
  agents: PreparedAgents,
  turns: Readonly<Record<string, number>> = {},
): readonly Candidate[] => {
  const turnsOf = (memberKey: string) => turns[memberKey] ?? 1;
  const all = candidates.reduce((sum, { memberKey }) => sum + turnsOf(memberKey), 0);
  return candidates
    .map((candidate): Candidate => {
      const { memberKey } = candidate;
      const deficit = agents.get(memberKey)!.agent.deficit ?? 0;
      const points = { deficit, turns: turnsOf(memberKey) };
      return { ...candidate, score: rounded(deficit + points.turns / all), points };
    })
    .sort(byFit);
};

/** So that equal sums of thirds are equal in floating point too. */
const rounded = (score: number): number => Math.round(score * 1e9) / 1e9;

const asKept = ({ memberKey, score, points, lastOfferedAt }: Candidate): OfferCandidate => ({
  memberKey,
  score,
  components: points,
  ...(lastOfferedAt === Number.NEGATIVE_INFINITY ? {} : { lastOfferedAt: new Date(lastOfferedAt).toISOString() }),
});

/**
 * The time to answer starts when the first of the agents is at work, unless the step ignores hours: no offer to agents who are all
 * asleep expires before one of them can see it.
 */
const deadline = (
  { answerWithin, workingHours }: PolicyStep,
  asked: readonly PreparedAgent[],
  now: Date,
  timeZone: string,
): Date | null => {
  if (answerWithin === undefined) return null;
  const starts = asked.map(({ agent: { hours, timeZone: own }, atWork }) =>
    hours && atWork === false ? (nextAtWork(hours, now, own ?? timeZone) ?? now) : now,
  );
  const start = workingHours === 'ignored' ? now.getTime() : Math.min(...starts.map((at) => at.getTime()));
  return new Date(start + minutesOf(answerWithin) * 60_000);
};
