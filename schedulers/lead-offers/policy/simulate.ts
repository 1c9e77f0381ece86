import { type AgentEvent, type AgentState, agent } from '../../../domain/agent/index.ts';
import { parseStreamName } from '../../../domain/events.ts';
import {
  isNewLead,
  type LeadEvent,
  type LeadState,
  lead,
  lifeOf,
  type OfferReason,
} from '../../../domain/lead/index.ts';
import { type ListingEvent, type ListingState, listing } from '../../../domain/listing/index.ts';
import type { RoutingPolicyState } from '../../../domain/routing-policy/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { isReadable } from '../../../eventstore/stored-event.ts';
import { prepareAgent } from '../../../matching/agent-fit.ts';
import { countOffer, type Deficits } from '../../../matching/fairness.ts';
import { type PreparedAgents, routeLead } from '../../../matching/policy/route-lead.ts';

/** One lead of the period: to whom it went first, and to whom the policy would have offered it first. */
export type SimulatedLead = {
  readonly contactKey: string;
  readonly capturedAt: string;
  /** Who was offered it first, or was given it; `null`: no one (yet). */
  readonly actualMemberKey: string | null;
  /** `null`: no one, it would have waited. */
  readonly simulatedMemberKey: string | null;
  readonly rule: string | null;
  readonly escalated: boolean;
  readonly reasons: readonly OfferReason[];
};

export type Simulation = {
  readonly leads: readonly SimulatedLead[];
  /** By agent: leads in fact and by the policy, and their share of all, from 0 to 1. */
  readonly agents: readonly {
    readonly memberKey: string;
    readonly actual: number;
    readonly simulated: number;
    readonly actualShare: number;
    readonly simulatedShare: number;
    /** How long a lead would wait for this agent: the median time from their offers to their acceptances until the end of the period, in minutes. `null`: there were none. */
    readonly expectedWaitMinutes: number | null;
  }[];
  readonly differing: number;
  readonly escalated: number;
  /** Between the largest and the smallest number of leads of the agents who got any: 0 is perfectly even. */
  readonly actualSpread: number;
  readonly simulatedSpread: number;
};

/**
 * Runs the leads of a period through a policy, with agents and listings as the events say they were at each moment. Reads the event
 * store once and appends nothing. Every first offer counts as accepted: no one can know what an agent would have answered.
 *
 * @param until not included
 */
export const simulatePolicy = async (
  store: EventStore,
  policy: RoutingPolicyState,
  { since, until, timeZone }: { readonly since: Date; readonly until: Date; readonly timeZone: string },
): Promise<Simulation> => {
  const agents = new Map<string, AgentState>();
  const leads = new Map<string, LeadState>();
  const listings = new Map<string, ListingState>();
  const deficits: Deficits = new Map();
  const lastOfferedAt = new Map<string, string>();
  const given = new Map<string, number>();
  const simulated = new Map<string, SimulatedLead>();
  const actual = new Map<string, string>();
  /** When each lead was last offered, and how long each agent took to accept, in minutes. */
  const offeredAt = new Map<string, Date>();
  const waits = new Map<string, number[]>();
  /** A lead that was just captured: what it asked about comes with the events right after. */
  let waiting = null as { contactKey: string; at: Date } | null;

  const owned = () => {
    const count = new Map<string, number>();
    for (const state of leads.values()) {
      const life = lifeOf(state);
      if (life.status === 'assigned') count.set(life.memberKey, (count.get(life.memberKey) ?? 0) + 1);
    }
    return count;
  };
  let before: ReadonlyMap<string, number> | undefined;

  const route = (contactKey: string, now: Date) => {
    const state = leads.get(contactKey);
    if (state === undefined || !isNewLead(state.fields) || simulated.has(contactKey)) return;
    before ??= owned();
    const prepared: PreparedAgents = new Map(
      [...agents].map(([memberKey, { fields, pause }]) => [
        memberKey,
        prepareAgent(
          {
            memberKey,
            ...fields,
            pausedFrom: pause?.from ?? null,
            pausedTo: pause?.to ?? null,
            pausedUntil: pause?.until ?? null,
            openLeads: (before?.get(memberKey) ?? 0) + (given.get(memberKey) ?? 0),
            deficit: deficits.get(memberKey) ?? 0,
            lastOfferedAt: lastOfferedAt.get(memberKey) ?? null,
          },
          now,
          timeZone,
        ),
      ]),
    );
    const offices = new Map([...agents].map(([key, { fields }]) => [key, fields.officeKey ?? null]));
    const asked = state.inquiredListingKey === null ? undefined : listings.get(state.inquiredListingKey);
    const made = routeLead(
      policy,
      { ...state.fields, capturedAt: now, listing: asked?.fields ?? null },
      prepared,
      { place: null },
      { offices, timeZone, now },
    );
    const memberKey = made.kind === 'offer' ? made.memberKeys[0]! : made.kind === 'escalate' ? made.memberKey : null;
    if (made.kind === 'offer') {
      countOffer(deficits, made);
      for (const key of made.memberKeys) lastOfferedAt.set(key, now.toISOString());
    }
    if (memberKey !== null) given.set(memberKey, (given.get(memberKey) ?? 0) + 1);
    simulated.set(contactKey, {
      contactKey,
      capturedAt: now.toISOString(),
      actualMemberKey: null,
      simulatedMemberKey: memberKey,
      rule: made.kind === 'wait' ? null : made.rule,
      escalated: made.kind === 'escalate',
      reasons: made.kind === 'offer' ? made.reasons : [],
    });
  };

  for await (const stored of store.readAll()) {
    if (!isReadable(stored)) continue;
    const record = parseStreamName(stored.streamName);
    if (record === null) continue;
    const { aggregate, key } = record;
    if (waiting !== null && (aggregate !== 'lead' || key !== waiting.contactKey)) {
      route(waiting.contactKey, waiting.at);
      waiting = null;
    }
    switch (aggregate) {
      case 'agent':
        agents.set(key, agent.evolve(agents.get(key) ?? agent.initialState, stored.event as AgentEvent));
        break;
      case 'listing':
        listings.set(key, listing.evolve(listings.get(key) ?? listing.initialState, stored.event as ListingEvent));
        break;
      case 'lead': {
        const event = stored.event as LeadEvent;
        const at = new Date(stored.metadata.occurredAt);
        if (event.type === 'LeadOffered' || event.type === 'LeadAccepted') {
          // What happened to it is routed no more; it is compared.
          if (waiting?.contactKey === key) {
            route(key, waiting.at);
            waiting = null;
          }
        }
        const state = lead.evolve(leads.get(key) ?? lead.initialState, event);
        leads.set(key, state);
        const to = event.type === 'LeadOffered' ? event.data.memberKeys[0] : state.fields.ownerMemberKey;
        if (to && !actual.has(key)) actual.set(key, to);
        if (event.type === 'LeadOffered') offeredAt.set(key, at);
        const offered = offeredAt.get(key);
        if (event.type === 'LeadAccepted' && offered !== undefined && at < until) {
          const { memberKey } = event.data;
          waits.set(memberKey, [
            ...(waits.get(memberKey) ?? []),
            Math.max(0, (at.getTime() - offered.getTime()) / 60_000),
          ]);
        }
        if (event.type === 'LeadCaptured' && at >= since && at < until) waiting = { contactKey: key, at };
        break;
      }
      default:
    }
  }
  if (waiting !== null) route(waiting.contactKey, waiting.at);
  const result = [...simulated.values()].map((one) => ({
    ...one,
    actualMemberKey: actual.get(one.contactKey) ?? null,
  }));
  return summarised(result, waits);
};

const summarised = (leads: readonly SimulatedLead[], waits: ReadonlyMap<string, readonly number[]>): Simulation => {
  const actual = tally(leads.map(({ actualMemberKey }) => actualMemberKey));
  const simulated = tally(leads.map(({ simulatedMemberKey }) => simulatedMemberKey));
  const all = Math.max(1, leads.length);
  return {
    leads,
    agents: [...new Set([...actual.keys(), ...simulated.keys()])].sort().map((memberKey) => ({
      memberKey,
      actual: actual.get(memberKey) ?? 0,
      simulated: simulated.get(memberKey) ?? 0,
      actualShare: (actual.get(memberKey) ?? 0) / all,
      simulatedShare: (simulated.get(memberKey) ?? 0) / all,
      expectedWaitMinutes: median(waits.get(memberKey) ?? []),
    })),
    differing: leads.filter((one) => one.actualMemberKey !== one.simulatedMemberKey).length,
    escalated: leads.filter(({ escalated }) => escalated).length,
    actualSpread: spread(actual),
    simulatedSpread: spread(simulated),
  };
};

const tally = (keys: readonly (string | null)[]): Map<string, number> => {
  const count = new Map<string, number>();
  for (const key of keys) if (key !== null) count.set(key, (count.get(key) ?? 0) + 1);
  return count;
};

const median = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const spread = (count: ReadonlyMap<string, number>): number =>
  count.size === 0 ? 0 : Math.max(...count.values()) - Math.min(...count.values());
