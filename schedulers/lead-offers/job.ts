import { loadPolicy } from '../../commands/policy/publish-policy.ts';
import type { NewMessage } from '../../delivery/outbox.ts';
import { forLongWork } from '../../eventstore/event-store.ts';
import { fencedStore } from '../../eventstore/fenced-store.ts';
import { historyUntil } from '../../eventstore/positions/origin.ts';
import { prepareAgent } from '../../matching/agent-fit.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, standing } from '../define-job.ts';
import { expireOffers, watchFirstResponses } from './deadlines.ts';
import type { PassDeps } from './deps.ts';
import { queueNotices } from './messages/notices.ts';
import { queueMissing, queueOffers } from './messages/queue-offers.ts';
import type { FailedLead } from './one-by-one.ts';
import { readAgents } from './reading/read-agents.ts';
import { countHistoricLeads, unassignedNewLeads } from './reading/read-leads.ts';
import { countShares } from './reading/shares.ts';
import { releaseUnreachable } from './release-unreachable.ts';
import { routeBatch } from './route-batch.ts';
import type { Brokerage } from './route-one.ts';
import type { WhyNoAgentFits } from './why-no-agent-fits.ts';

export type MatchingCounts = {
  /** New leads without an agent and without an offer. */
  readonly leads: number;
  readonly offered: number;
  /** Leads that no agent can have, or whose offers were rejected for their content, and that no person is there for. */
  readonly nobodyFits: number;
  /** Leads that turned out to have an agent, to be on offer, or not to be new. */
  readonly skipped: number;
  /** Slack messages queued, including those of earlier offers. */
  readonly messages: number;
  /** Leads from before this database was set up; they wait until a person releases them. Missing: none. */
  readonly history?: number;
  /** Offers that were not answered in time. Missing: none (also below). */
  readonly expired?: number;
  /** Leads that were escalated to the person at the end of their chain. */
  readonly escalated?: number;
  /** Agents who were reminded to get in touch with a lead. */
  readonly reminded?: number;
};

export type Unmatched = { readonly contactKey: string } & WhyNoAgentFits;

export type LeadMatching = {
  readonly counts: MatchingCounts;
  readonly offers: readonly {
    readonly contactKey: string;
    readonly memberKey: string;
    readonly offerKey: string;
    readonly score: number;
  }[];
  readonly report: {
    /** The first hundred leads that wait, and why. */
    readonly unmatched: readonly Unmatched[];
    /** The first hundred leads for which something failed, and why. */
    readonly failed: readonly FailedLead[];
  };
};

/** The first agents do not wait until the last lead of a long list has its offer. */
const batchSize = 20;
const reported = 100;

/**
 * One run of lead matching: every unassigned new lead is offered to the best match, with the reasons on the offer
 * event, and a Slack message goes into the outbox. The message follows from the event: an offer whose message was not
 * queued (because of a crash in between) gets it in the next run, and none gets two.
 *
 * The read models may be out of date, but the command decides by the lead's stream, and a lead that already has an
 * agent is skipped.
 */
export const leadOffers = defineJob({
  name: 'lead-offers',
  label: 'Lead offers',
  schedule: '*/15 * * * * *',
  wokenBy: ['leads', 'agents'],
  timeLimitMs: 2 * 60_000,
  counts: {
    leads: standing('new leads without an agent', 'new lead without an agent'),
    offered: done('offered'),
    nobodyFits: standing('fit no agent', 'fits no agent'),
    skipped: done('taken meanwhile'),
    messages: done('messages queued', 'message queued'),
    history: standing(
      'are from before this database was set up, and wait for a person',
      'is from before this database was set up, and waits for a person',
    ),
    expired: done('offers expired', 'offer expired'),
    escalated: done('escalated to a person'),
    reminded: done('agents reminded', 'agent reminded'),
  },
  run: async (given: PassDeps): Promise<LeadMatching> => {
    const { db, signal, lease } = given;
    const store = fencedStore(forLongWork(given.store, signal), db, lease);
    const deps = { ...given, store };
    await checkEventStore(db, store, ['leads', 'agents']);
    const [history, policy, { shares, keep: keepShares }] = await Promise.all([
      historyUntil(db),
      loadPolicy(store),
      countShares(db, store, signal),
    ]);
    const agents = new Map((await readAgents(db, shares)).map((agent) => [agent.memberKey, agent]));
    const now = deps.clock.now();
    const brokerage: Brokerage = {
      policy,
      shares,
      agents,
      prepared: new Map([...agents].map(([key, agent]) => [key, prepareAgent(agent, now, deps.timeZone)])),
      offices: new Map([...agents].map(([key, { officeKey }]) => [key, officeKey ?? null])),
    };
    const failed: FailedLead[] = [];
    const [expired, released, unassigned] = await Promise.all([
      expireOffers(deps, history, failed),
      releaseUnreachable(deps, failed),
      unassignedNewLeads(db, history),
    ]);
    // Afterwards: an offer that has just expired needs no message.
    let messages = await queueMissing(deps, agents, history, failed);

    // The read model still shows as open what was just withdrawn.
    const keys = [...new Set([...released, ...expired, ...unassigned])];
    const offers: LeadMatching['offers'][number][] = [];
    const unmatched: Unmatched[] = [];
    const count = { offered: 0, nobodyFits: 0, skipped: 0, escalated: 0 };
    for (let start = 0; start < keys.length && !signal.aborted; start += batchSize) {
      const offered: NewMessage[] = [];
      for (const { contactKey, outcome } of await routeBatch(
        deps,
        brokerage,
        keys.slice(start, start + batchSize),
        failed,
      )) {
        if (outcome === null) continue;
        if ('offer' in outcome) {
          count.offered++;
          offers.push(outcome.offer);
          offered.push(...outcome.messages);
        } else if ('skipped' in outcome) count.skipped++;
        else if ('escalatedTo' in outcome) count.escalated++;
        else {
          count.nobodyFits++;
          if (unmatched.length < reported) unmatched.push({ contactKey, ...outcome.nobody });
        }
      }
      messages += await queueOffers(deps, offered);
    }
    const [watched, notices, historic] = await Promise.all([
      watchFirstResponses(deps, policy, agents.values(), history, failed),
      queueNotices(deps, agents, history),
      countHistoricLeads(db, history),
      keepShares(),
    ]);
    messages += notices;
    const escalated = count.escalated + watched.escalated;
    const counts = {
      leads: keys.length,
      offered: count.offered,
      nobodyFits: count.nobodyFits,
      skipped: count.skipped,
      messages,
      ...(historic === 0 ? {} : { history: historic }),
      ...(expired.length === 0 ? {} : { expired: expired.length }),
      ...(escalated === 0 ? {} : { escalated }),
      ...(watched.reminded === 0 ? {} : { reminded: watched.reminded }),
    };
    return { counts, offers, report: { unmatched, failed: failed.slice(0, reported) } };
  },
});
