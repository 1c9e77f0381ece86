import { leads } from '../../commands/aggregates.ts';
import { execute, type Loaded } from '../../commands/execute.ts';
import { offerLead } from '../../commands/leads/offer-lead.ts';
import type { NewMessage } from '../../delivery/outbox.ts';
import { isNewLead, type LeadState, lifeOf } from '../../domain/lead/index.ts';
import type { RoutingPolicyState } from '../../domain/routing-policy/index.ts';
import { prepareAgent, prepareLead, reasonsOf } from '../../matching/agent-fit.ts';
import { type PreparedAgents, type Route, routeLead } from '../../matching/policy/route-lead.ts';
import { type JobRun, originOf } from '../define-job.ts';
import type { SchedulerDeps } from '../deps.ts';
import { offerMessage } from './messages/offer-message.ts';
import type { OfferableAgent } from './reading/read-agents.ts';
import type { OfferableLead } from './reading/read-leads.ts';
import { countNow, type Shares } from './reading/shares.ts';
import { type WhyNoAgentFits, whyNoAgentFits } from './why-no-agent-fits.ts';

/** What a run knows about the brokerage, kept up to date with what the run does. */
export type Brokerage = {
  readonly policy: RoutingPolicyState;
  readonly agents: Map<string, OfferableAgent>;
  readonly prepared: Map<string, PreparedAgents extends ReadonlyMap<string, infer Agent> ? Agent : never>;
  readonly offices: ReadonlyMap<string, string | null>;
  readonly shares: Shares;
};

export type Outcome =
  /** No agent can have it, and there is no person to escalate it to, so it waits. */
  | { readonly nobody: WhyNoAgentFits }
  | { readonly skipped: string }
  | { readonly escalatedTo: string; readonly why: WhyNoAgentFits }
  | {
      readonly offer: {
        readonly contactKey: string;
        readonly memberKey: string;
        readonly offerKey: string;
        readonly score: number;
      };
      readonly memberKeys: readonly string[];
      /** Messages that were already sent are left out. */
      readonly messages: readonly NewMessage[];
    };

type Deps = Omit<SchedulerDeps, 'baseUrl'> & JobRun;

/**
 * Handles a lead as the policy says: offers it, or gives it to the person at the end of its chain. It decides by the
 * lead's stream.
 *
 * Before its first `await`, it decides and counts the lead for its agents. So leads for which it is called one after the
 * other are routed in that order, while their events are appended at the same time. If an append fails, the
 * agents count as having the lead until the end of the run.
 *
 * @param loaded the lead as its stream has it
 * @param rejected why its offers cannot be sent to anyone
 */
export const routeOne = async (
  deps: Deps,
  brokerage: Brokerage,
  lead: OfferableLead,
  loaded: Loaded<LeadState>,
  sent: ReadonlyMap<string, readonly string[]> | undefined,
  rejected?: string,
): Promise<Outcome> => {
  const { store, clock, timeZone } = deps;
  const now = clock.now();
  const { contactKey } = lead;
  const { state } = loaded;
  if (lifeOf(state).status !== 'unassigned') return { skipped: 'it has an agent, or is on offer' };
  if (!isNewLead(state.fields)) return { skipped: 'it is no longer new' };
  const toRoute = { ...lead, triedMemberKeys: state.triedMemberKeys };
  const route = routeLead(
    brokerage.policy,
    toRoute,
    brokerage.prepared,
    { place: state.lastStep },
    { offices: brokerage.offices, timeZone, now, offerRejected: rejected !== undefined },
  );
  const origin = originOf(deps, now);
  const why: WhyNoAgentFits =
    rejected === undefined
      ? whyNoAgentFits('leftOut' in route ? route.leftOut : {})
      : { agentsByRule: {}, summary: rejected };
  if (route.kind === 'wait') return { nobody: why };
  if (route.kind === 'escalate') {
    const { memberKey, escalationReason, policyVersion, rule } = route;
    addLead(deps, brokerage, memberKey, now);
    const result = await execute(
      store,
      leads,
      contactKey,
      [
        {
          type: 'EscalateLead',
          memberKey,
          escalationReason,
          detail: why.summary,
          policyVersion,
          ...(rule === null ? {} : { rule }),
        },
      ],
      origin,
      loaded,
    );
    if (!result.ok || result.events.length === 0) return { skipped: 'it has an agent, or is on offer' };
    return { escalatedTo: memberKey, why };
  }
  return await offer(deps, brokerage, { lead: toRoute, loaded, route, sent, now });
};

type Offering = {
  readonly lead: OfferableLead;
  readonly loaded: Loaded<LeadState>;
  readonly route: Extract<Route, { kind: 'offer' }>;
  readonly sent: ReadonlyMap<string, readonly string[]> | undefined;
  readonly now: Date;
};

const offer = async (
  deps: Deps,
  brokerage: Brokerage,
  { lead, loaded, route, sent, now }: Offering,
): Promise<Outcome> => {
  const { contactKey } = lead;
  const { kind: _, expiresAt: expires, ...offered } = route;
  const expiresAt = expires?.toISOString() ?? null;
  const reasons = reasonsByMember(brokerage, lead, route);
  countForNextLead(deps, brokerage, route, now);
  const outcome = await offerLead(
    deps.store,
    {
      contactKey,
      ...offered,
      ...fitting(route),
      ...(expiresAt === null ? {} : { expiresAt }),
      ...(sent === undefined ? {} : { sent }),
    },
    originOf(deps, now),
    loaded,
  );
  if (!outcome.offered) return { skipped: outcome.because };
  const { offerKey, memberKeys } = outcome;
  const messages = sent?.has(offerKey)
    ? []
    : memberKeys.flatMap((memberKey) => {
        const agent = brokerage.agents.get(memberKey);
        if (agent === undefined) return [];
        const why = reasons.get(memberKey) ?? route.reasons;
        return offerMessage({ offerKey, reasons: why, expiresAt, offeredTo: memberKeys.length, lead, agent });
      });
  const first = { contactKey, memberKey: memberKeys[0]!, offerKey, score: route.score };
  return { offer: first, memberKeys, messages };
};

/** Why each agent is offered the lead, as they stand before the offer. */
const reasonsByMember = ({ policy, prepared }: Brokerage, lead: OfferableLead, route: Offering['route']) => {
  const [first, ...others] = route.memberKeys;
  const fit = { weights: policy.policy.weights, workingHours: 'preferred', coverage: 'preferred' } as const;
  const preparedLead = prepareLead(lead);
  return new Map([
    [first!, route.reasons] as const,
    ...others.map((memberKey) => [memberKey, reasonsOf(preparedLead, prepared.get(memberKey)!, fit)] as const),
  ]);
};

/** For the next lead of this run, these agents have one more lead, and were just made an offer. */
const countForNextLead = (deps: Deps, brokerage: Brokerage, route: Offering['route'], now: Date) => {
  const { agents, prepared, shares } = brokerage;
  const offered = new Set(route.memberKeys);
  countNow(shares, route, now);
  for (const memberKey of route.memberKeys) addLead(deps, brokerage, memberKey, now);
  // It changes what everyone who could have had the lead is owed.
  for (const memberKey of new Set([...route.memberKeys, ...route.candidates.map((one) => one.memberKey)])) {
    const one = prepared.get(memberKey);
    const known = agents.get(memberKey);
    if (one === undefined || known === undefined) continue;
    const lastOfferedAt = offered.has(memberKey) ? now.toISOString() : (known.lastOfferedAt ?? null);
    const agent = { ...known, deficit: shares.deficits.get(memberKey) ?? 0, lastOfferedAt };
    agents.set(memberKey, agent);
    prepared.set(memberKey, { ...one, agent });
  }
};

const addLead = ({ timeZone }: Deps, { agents, prepared }: Brokerage, memberKey: string, now: Date) => {
  const agent = agents.get(memberKey);
  if (agent === undefined) return;
  const next: OfferableAgent = { ...agent, openLeads: agent.openLeads + 1 };
  agents.set(memberKey, next);
  prepared.set(memberKey, prepareAgent(next, now, timeZone));
};

/**
 * An event can have at most one megabyte, so with thousands of agents, only the number of agents left out by each rule
 * is kept.
 */
const mostCandidates = 2_000;
const mostLeftOut = 8_000;

const fitting = ({ candidates, leftOut }: Extract<Route, { kind: 'offer' }>) => ({
  candidates: candidates.slice(0, mostCandidates),
  leftOut: Object.fromEntries(
    Object.entries(leftOut).map(([rule, keys]) => [rule, keys.slice(0, mostLeftOut / Object.keys(leftOut).length)]),
  ),
});
