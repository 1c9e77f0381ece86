import type { OfferReason } from '../../domain/lead/index.ts';
import {
  type AgentToMatch,
  defaultFit,
  type FitOptions,
  type LeadToMatch,
  prepareAgent,
  prepareLead,
  reasonsOf,
} from '../../matching/agent-fit.ts';
import { findCandidates } from '../../matching/find-candidates.ts';

type RankedAgent = {
  readonly memberKey: string;
  readonly score: number;
  readonly reasons: readonly OfferReason[];
};

type Ranking = {
  /** The agents who can have the lead, best match first. */
  readonly ranked: readonly RankedAgent[];
  /** The agents who cannot, and by which rules. */
  readonly unfit: readonly { readonly memberKey: string; readonly obstacles: readonly string[] }[];
};

/**
 * The agents for a lead, best match first, each with the reasons in words.
 *
 * @param options.timeZone the time zone for agents without their own
 */
export const rankAgents = (
  lead: LeadToMatch,
  agents: readonly AgentToMatch[],
  now: Date,
  options: Partial<FitOptions> & { readonly timeZone: string },
): Ranking => {
  const fit = { ...defaultFit, ...options };
  const preparedLead = prepareLead(lead);
  const prepared = new Map(
    agents.map((agent) => [agent.memberKey, prepareAgent(agent, now, options.timeZone)] as const),
  );
  const { candidates, leftOut } = findCandidates(preparedLead, prepared.values(), fit);
  const unfit = new Set([...leftOut.values()].flat());
  return {
    ranked: candidates.map(({ memberKey, score }) => ({
      memberKey,
      score,
      reasons: reasonsOf(preparedLead, prepared.get(memberKey)!, fit),
    })),
    unfit: agents
      .filter(({ memberKey }) => unfit.has(memberKey))
      .map(({ memberKey }) => ({
        memberKey,
        obstacles: [...leftOut].flatMap(([rule, members]) => (members.includes(memberKey) ? rule : [])),
      })),
  };
};
