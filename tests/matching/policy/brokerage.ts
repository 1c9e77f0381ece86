import type { LeadState } from '../../../domain/lead/index.ts';
import type { Policy, PolicyRule, RoutingPolicyState } from '../../../domain/routing-policy/index.ts';
import { policySchema } from '../../../domain/routing-policy/index.ts';
import { type AgentToMatch, prepareAgent } from '../../../matching/agent-fit.ts';
import type { LeadToRoute, RouteContext } from '../../../matching/policy/conditions.ts';
import { type PreparedAgents, type Route, routeLead } from '../../../matching/policy/route-lead.ts';

export const timeZone = 'America/New_York';
/** A Tuesday, 14:00 in New York. */
export const now = new Date('2026-03-31T18:00:00Z');

export const agent = (memberKey: string, more: Partial<AgentToMatch> = {}): AgentToMatch => ({
  memberKey,
  memberStatus: 'Active',
  roles: ['agent'],
  openLeads: 0,
  ...more,
});
/** `m00`, `m01`, … */
export const member = (index: number) => `m${String(index).padStart(2, '0')}`;
export const broker = agent('broker', { roles: ['broker'] });

export const policy = (rules: readonly Partial<PolicyRule>[], more: Partial<Policy> = {}): Policy =>
  policySchema.parse({
    weights: { area: 40, price: 25, fairness: 10 },
    escalateTo: 'broker',
    rules: rules.map((rule, index) => ({ name: `Rule ${index + 1}`, ...rule })),
    ...more,
  });

/** A step that offers a lead to everyone. */
export const step = {
  offerTo: 'everyone',
  mode: 'bestMatch',
  answerWithin: '30 minutes',
  workingHours: 'ignored',
} as const;

export const prepared = (agents: readonly AgentToMatch[], at = now): PreparedAgents =>
  new Map(agents.map((one) => [one.memberKey, prepareAgent(one, at, timeZone)]));

type Circumstances = { place?: LeadState['lastStep']; at?: Date; offerRejected?: boolean };

/** Routes a lead among agents: what the next step is. */
export const route = (
  of: Policy | RoutingPolicyState,
  agents: readonly AgentToMatch[],
  lead: LeadToRoute = {},
  { place = null, at = now, offerRejected = false }: Circumstances = {},
): Route => {
  const state = 'policyVersion' in of ? of : { policyVersion: 1, policy: of };
  const offices = new Map(agents.map(({ memberKey, officeKey }) => [memberKey, officeKey ?? null]));
  const context: RouteContext = { offices, timeZone, now: at, offerRejected };
  return routeLead(state, lead, prepared(agents, at), { place }, context);
};
