import type { OfferReason } from '../domain/lead/index.ts';
import {
  type AgentToMatch,
  defaultFit,
  type FitOptions,
  fitFor,
  type LeadToMatch,
  type Obstacle,
  obstaclesOf,
  type Points,
  type PreparedAgent,
  type PreparedLead,
  prepareAgent,
  prepareLead,
  reasonsOf,
} from './agent-fit.ts';

/** An agent who can have a lead. */
export type Candidate = {
  readonly memberKey: string;
  /** The sum of the points. */
  readonly score: number;
  readonly points: Points;
  /** In milliseconds; `-Infinity`: never. */
  readonly lastOfferedAt: number;
};

/** The agents who can have a lead, best match first, and what excludes the others. */
export type Candidates = {
  readonly candidates: readonly Candidate[];
  /** By rule; an agent with several obstacles is in several. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
};

/** Compares all agents with a lead, without explanations, so that comparing 10,000 agents takes milliseconds. */
export const findCandidates = (
  lead: PreparedLead,
  agents: Iterable<PreparedAgent>,
  options: FitOptions = defaultFit,
): Candidates => {
  const candidates: Candidate[] = [];
  const leftOut = new Map<string, string[]>();
  const fitOf = fitFor(lead, options);
  for (const prepared of agents) {
    const { memberKey, lastOfferedAt } = prepared.agent;
    const fit = fitOf(prepared);
    if ('obstacles' in fit) {
      for (let index = 0; index < fit.obstacles.length; index++) {
        const rule = fit.obstacles[index]!;
        const members = leftOut.get(rule);
        if (members === undefined) leftOut.set(rule, [memberKey]);
        else members.push(memberKey);
      }
      continue;
    }
    const last = lastOfferedAt ? Date.parse(lastOfferedAt) : Number.NEGATIVE_INFINITY;
    candidates.push({ memberKey, score: fit.score, points: fit.points, lastOfferedAt: last });
  }
  return { candidates: candidates.sort(byFit), leftOut };
};

/**
 * Ties go to the agent who has waited longest for an offer (never offered comes first), then by member key, so that the
 * same question always has the same answer.
 */
export const byFit = (left: Omit<Candidate, 'points'>, right: Omit<Candidate, 'points'>): number => {
  if (left.score !== right.score) return right.score - left.score;
  if (left.lastOfferedAt !== right.lastOfferedAt) return left.lastOfferedAt < right.lastOfferedAt ? -1 : 1;
  return left.memberKey < right.memberKey ? -1 : left.memberKey > right.memberKey ? 1 : 0;
};

export type RankedAgent = {
  readonly memberKey: string;
  readonly score: number;
  readonly reasons: readonly OfferReason[];
};

export type Ranking = {
  /** The agents who can have the lead, best match first. */
  readonly ranked: readonly RankedAgent[];
  /** The agents who cannot, and why. */
  readonly unfit: readonly { readonly memberKey: string; readonly obstacles: readonly Obstacle[] }[];
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
        obstacles: obstaclesOf(preparedLead, prepared.get(memberKey)!, fit),
      })),
  };
};
