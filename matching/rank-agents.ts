import type { OfferReason } from '../domain/lead/index.ts';
import { type AgentToMatch, fitOf, type LeadToMatch, type Obstacle } from './agent-fit.ts';

export type RankedAgent = {
  readonly memberKey: string;
  /** The sum of the reasons' points: 0 to 105. */
  readonly score: number;
  readonly reasons: readonly OfferReason[];
};

export type Ranking = {
  /** Agents who can have the lead, best match first. */
  readonly ranked: readonly RankedAgent[];
  /** Agents who cannot, and why. */
  readonly unfit: readonly { readonly memberKey: string; readonly obstacles: readonly Obstacle[] }[];
};

/**
 * Ranks the agents for a lead, best match first. Ties go to the agent who has waited longest for an offer (never
 * offered comes first), then by member key, so that the same question always has the same answer.
 *
 * @param options.timeZone the time zone for agents without their own
 */
export const rankAgents = (
  lead: LeadToMatch,
  agents: readonly AgentToMatch[],
  now: Date,
  options: { readonly timeZone: string },
): Ranking => {
  const ranked: (RankedAgent & { lastOfferedAt: number })[] = [];
  const unfit: { memberKey: string; obstacles: readonly Obstacle[] }[] = [];
  for (const agent of agents) {
    const fit = fitOf(lead, agent, now, options.timeZone);
    if ('obstacles' in fit) {
      unfit.push({ memberKey: agent.memberKey, obstacles: fit.obstacles });
      continue;
    }
    const score = fit.reasons.reduce((sum, reason) => sum + reason.points, 0);
    const lastOfferedAt = agent.lastOfferedAt ? Date.parse(agent.lastOfferedAt) : Number.NEGATIVE_INFINITY;
    ranked.push({ memberKey: agent.memberKey, score, reasons: fit.reasons, lastOfferedAt });
  }
  ranked.sort(
    (left, right) =>
      right.score - left.score ||
      compare(left.lastOfferedAt, right.lastOfferedAt) ||
      compare(left.memberKey, right.memberKey),
  );
  return { ranked: ranked.map(({ lastOfferedAt: _, ...agent }) => agent), unfit };
};

const compare = <Value extends number | string>(left: Value, right: Value): number =>
  left < right ? -1 : left > right ? 1 : 0;
