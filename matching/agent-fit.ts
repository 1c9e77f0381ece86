import type { OfferReason } from '../domain/lead/index.ts';
import { defaultPolicy } from '../domain/routing-policy/default-policy.ts';
import { type Policy, type PolicyStep, type ScoreComponent, scoreComponents } from '../domain/routing-policy/index.ts';
import type { PreparedAgent } from './score/agent-to-match.ts';
import { type Component, components, nothing, obstacle } from './score/components.ts';
import type { PreparedLead } from './score/lead-to-match.ts';

export { type AgentToMatch, type PreparedAgent, prepareAgent } from './score/agent-to-match.ts';
export { type LeadToMatch, type ListingAskedAbout, type PreparedLead, prepareLead } from './score/lead-to-match.ts';

/** How agents are compared. */
export type FitOptions = {
  /** The most points of each component; a component of 0 points is compared for obstacles only. */
  readonly weights: Policy['weights'];
  readonly workingHours: PolicyStep['workingHours'];
  /** Whether an agent who works elsewhere, or at other prices, can have the lead. */
  readonly coverage: 'required' | 'preferred';
};

export const defaultFit: FitOptions = {
  weights: defaultPolicy.weights,
  workingHours: 'preferred',
  coverage: 'required',
};

/** The components and the points of each. */
export type Points = Readonly<Record<string, number>>;

export type Fit = { readonly score: number; readonly points: Points } | Obstacles;

type Obstacles = { readonly obstacles: readonly string[] };

/** A component as these options use it. */
type Measure = {
  readonly name: ScoreComponent;
  /** The most points. */
  readonly most: number;
  readonly share: Component['share'];
  /** What would be an obstacle only gives no points. */
  readonly softened: boolean;
};

const measuresOf = ({ weights, workingHours, coverage }: FitOptions): readonly Measure[] =>
  scoreComponents
    .filter((name) => name !== 'hours' || workingHours !== 'ignored')
    .map((name) => ({
      name,
      most: weights[name] ?? 0,
      share: components[name].share,
      softened: coverage === 'preferred' && name !== 'capacity',
    }));

/**
 * How well agents fit a lead: the points of every component that has something to say, or the rule of every obstacle.
 * The same comparison as `reasonsOf`, without the words. Because thousands of agents are compared with each lead,
 * whatever does not depend on the agent is worked out once, and points only for agents without an obstacle.
 */
export const fitFor = (lead: PreparedLead, options: FitOptions): ((agent: PreparedAgent) => Fit) => {
  const measures = measuresOf(options);
  const shares = new Float64Array(measures.length);
  const atWorkOnly = options.workingHours === 'required';
  return (agent) => {
    let cannot: Obstacles | null = null;
    if (agent.unavailable !== null) cannot = also(cannot, agent.unavailable);
    if (lead.tried.size > 0 && lead.tried.has(agent.agent.memberKey)) cannot = also(cannot, 'tried');
    if (!isLicensed(lead, agent)) cannot = also(cannot, 'license');
    if (atWorkOnly && agent.atWork === false) cannot = also(cannot, 'hours');
    for (let index = 0; index < measures.length; index++) {
      const { name, share, softened } = measures[index]!;
      const compared = share(lead, agent);
      if (compared === obstacle && !softened) cannot = also(cannot, name);
      else shares[index] = compared === obstacle ? 0 : compared;
    }
    if (cannot !== null) return cannot;
    const points: Record<string, number> = {};
    let score = 0;
    for (let index = 0; index < measures.length; index++) {
      if (shares[index] === nothing) continue;
      const gained = Math.round(measures[index]!.most * shares[index]!);
      points[measures[index]!.name] = gained;
      score += gained;
    }
    return { score, points };
  };
};

/** Most agents have one obstacle, so these are shared. */
const single = new Map<string, Obstacles>();

const also = (known: Obstacles | null, rule: string): Obstacles => {
  if (known !== null) return { obstacles: [...known.obstacles, rule] };
  let alone = single.get(rule);
  if (alone === undefined) {
    alone = { obstacles: [rule] };
    single.set(rule, alone);
  }
  return alone;
};

/** Why this agent: every component that has something to say, with its points. No personal data: they are shown in Slack. */
export const reasonsOf = (lead: PreparedLead, agent: PreparedAgent, options: FitOptions): readonly OfferReason[] =>
  measuresOf(options).flatMap(({ name, most, share: shareOf, softened }) => {
    const compared = shareOf(lead, agent);
    const share = compared === obstacle && softened ? 0 : compared;
    if (share === nothing || share === obstacle || most === 0) return [];
    return { rule: name, points: Math.round(most * share), detail: components[name].detail(lead, agent) };
  });

/** What is not known of an agent's licenses or a lead's state excludes no one. */
const isLicensed = ({ states: wanted }: PreparedLead, { states }: PreparedAgent): boolean =>
  wanted.length === 0 || states.size === 0 || wanted.some((state) => states.has(state));
