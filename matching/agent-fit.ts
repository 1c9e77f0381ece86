import type { OfferReason } from '../domain/lead/index.ts';
import { defaultPolicy } from '../domain/routing-policy/default-policy.ts';
import { type Policy, type PolicyStep, type ScoreComponent, scoreComponents } from '../domain/routing-policy/index.ts';
import type { PreparedAgent } from './score/agent-to-match.ts';
import { components, nothing, obstacle } from './score/components.ts';
import type { PreparedLead } from './score/lead-to-match.ts';

export { type AgentToMatch, type PreparedAgent, prepareAgent } from './score/agent-to-match.ts';
export { type LeadToMatch, type ListingAskedAbout, type PreparedLead, prepareLead } from './score/lead-to-match.ts';

/** Why an agent cannot have a lead at all. */
export type Obstacle = { readonly rule: string; readonly detail: string };

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

export type Fit = { readonly score: number; readonly points: Points } | { readonly obstacles: readonly string[] };

/**
 * How well an agent fits a lead: the points of every component that has something to say, or the rule of every obstacle there is. The
 * same comparison as `reasonsOf` and `obstaclesOf`, without the words.
 */
export const fitOf = (lead: PreparedLead, agent: PreparedAgent, options: FitOptions): Fit => {
  let obstacles: string[] | undefined;
  const cannot = (rule: string) => {
    obstacles ??= [];
    obstacles.push(rule);
  };
  if (agent.unavailable !== null) cannot(agent.unavailable.rule);
  if (lead.tried.has(agent.agent.memberKey)) cannot('tried');
  if (!isLicensed(lead, agent)) cannot('license');
  if (options.workingHours === 'required' && agent.atWork === false) cannot('hours');
  const points: Record<string, number> = {};
  let score = 0;
  for (const name of scoreComponents) {
    const share = shareOf(name, lead, agent, options);
    if (share === obstacle) cannot(name);
    else if (share !== nothing && obstacles === undefined) {
      const gained = Math.round((options.weights[name] ?? 0) * share);
      points[name] = gained;
      score += gained;
    }
  }
  return obstacles === undefined ? { score, points } : { obstacles };
};

/** Why this agent: every component that has something to say, with its points. No personal data: they are shown in Slack. */
export const reasonsOf = (lead: PreparedLead, agent: PreparedAgent, options: FitOptions): readonly OfferReason[] =>
  scoreComponents.flatMap((name) => {
    const share = shareOf(name, lead, agent, options);
    const most = options.weights[name] ?? 0;
    if (share === nothing || share === obstacle || most === 0) return [];
    return { rule: name, points: Math.round(most * share), detail: detailOf(name, lead, agent) };
  });

/** Why not this agent. */
export const obstaclesOf = (lead: PreparedLead, agent: PreparedAgent, options: FitOptions): readonly Obstacle[] => {
  const fit = fitOf(lead, agent, options);
  if (!('obstacles' in fit)) return [];
  return fit.obstacles.map((rule) => ({ rule, detail: obstacleDetail(rule, lead, agent) }));
};

const shareOf = (name: ScoreComponent, lead: PreparedLead, agent: PreparedAgent, options: FitOptions): number => {
  if (name === 'hours' && options.workingHours === 'ignored') return nothing;
  const share = components[name].share(lead, agent);
  return share === obstacle && options.coverage === 'preferred' && name !== 'capacity' ? 0 : share;
};

const detailOf = (name: ScoreComponent, lead: PreparedLead, agent: PreparedAgent): string =>
  components[name].detail(lead, agent);

/** What is not known of an agent's licenses or a lead's state excludes no one. */
const isLicensed = ({ states: wanted }: PreparedLead, { states }: PreparedAgent): boolean =>
  wanted.length === 0 || states.size === 0 || wanted.some((state) => states.has(state));

const obstacleDetail = (rule: string, lead: PreparedLead, agent: PreparedAgent): string => {
  if (agent.unavailable?.rule === rule) return agent.unavailable.detail;
  if (rule === 'tried') return 'has already been offered this lead';
  if (rule === 'license') return 'is not licensed in the state';
  return detailOf(rule as ScoreComponent, lead, agent);
};
