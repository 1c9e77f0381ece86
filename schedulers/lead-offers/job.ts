import { leads } from '../../commands/aggregates.ts';
import { load } from '../../commands/execute.ts';
import { offerLead } from '../../commands/offer-lead.ts';
import { type NewMessage, queueMessages } from '../../delivery/outbox.ts';
import { forLongWork } from '../../eventstore/event-store.ts';
import { fencedStore } from '../../eventstore/fenced-store.ts';
import { historyUntil } from '../../eventstore/origin.ts';
import { rankAgents } from '../../matching/rank-agents.ts';
import { checkEventStore } from '../check-event-store.ts';
import { defineJob, done, type JobRun, standing } from '../define-job.ts';
import type { SchedulerDeps } from '../deps.ts';
import { originOf } from '../job-run.ts';
import { offerMessage } from './offer-message.ts';
import { type FailedLead, oneByOne } from './one-by-one.ts';
import {
  countHistoricLeads,
  type OfferableAgent,
  type OfferableLead,
  readAgents,
  readLeads,
  readSentOffers,
  unassignedNewLeads,
  untoldOffers,
} from './read-leads.ts';
import { releaseUnreachable } from './release-unreachable.ts';
import { type WhyNobody, whyNobody } from './why-nobody.ts';

export type MatchingDeps = Omit<SchedulerDeps, 'baseUrl'>;

export type MatchingCounts = {
  /** New leads without an agent and without an offer. */
  readonly leads: number;
  readonly offered: number;
  /** Leads for which no agent fits. */
  readonly nobodyFits: number;
  /** Leads that turned out to be taken, on offer or not new by now. */
  readonly skipped: number;
  /** Slack messages queued, also those of offers made earlier. */
  readonly messages: number;
  /** Leads from before this database was set up: they wait until a person releases them. Missing: none. */
  readonly history?: number;
};

export type Unmatched = { readonly contactKey: string } & WhyNobody;

export type LeadMatching = {
  readonly counts: MatchingCounts;
  readonly offers: readonly {
    readonly contactKey: string;
    readonly memberKey: string;
    readonly offerKey: string;
    readonly score: number;
  }[];
  readonly report: {
    /** The first hundred leads that nobody fits, and why. */
    readonly unmatched: readonly Unmatched[];
    /** The first hundred leads of which something could not be done, and why. */
    readonly failed: readonly FailedLead[];
  };
};

const batchSize = 200;
const reported = 100;

/**
 * One pass of lead matching: every unassigned new lead is offered to the agent who fits best, with the reasons on the offer
 * event, and a Slack message goes into the outbox. The message follows from the event: an offer whose message was not
 * queued (a crash between the two) gets it in the next pass, and none gets two.
 *
 * What the read models say may be old: the command decides on the lead's stream, and a lead that is taken is skipped.
 */
export const leadOffers = defineJob({
  name: 'lead-offers',
  label: 'Lead offers',
  schedule: '*/15 * * * * *',
  timeLimitMs: 2 * 60_000,
  counts: {
    leads: standing('new leads without an agent'),
    offered: done('offered'),
    nobodyFits: standing('fit no agent'),
    skipped: done('taken meanwhile'),
    messages: done('messages queued'),
    history: standing('are from before this database was set up, and wait for a person'),
  },
  run: async (given: MatchingDeps & JobRun): Promise<LeadMatching> => {
    const { db, signal, lease } = given;
    const store = fencedStore(forLongWork(given.store, signal), db, lease);
    const deps: PassDeps = { ...given, store };
    await checkEventStore(db, store, ['leads', 'agents']);
    const history = await historyUntil(db);
    const agents = new Map((await readAgents(db)).map((agent) => [agent.memberKey, agent]));
    const failed: FailedLead[] = [];
    const released = await releaseUnreachable(deps, failed);
    let messages = await tellUntold(deps, agents, history, failed);

    // What was just withdrawn is on offer still, as far as the read model knows.
    const keys = [...new Set([...released.keys(), ...(await unassignedNewLeads(db, history))])];
    const offers: LeadMatching['offers'][number][] = [];
    const unmatched: Unmatched[] = [];
    let nobodyFits = 0;
    let skipped = 0;
    for (let start = 0; start < keys.length && !signal.aborted; start += batchSize) {
      const told: NewMessage[] = [];
      const batch = keys.slice(start, start + batchSize);
      const sent = await readSentOffers(db, batch);
      for (const read of await readLeads(db, batch)) {
        if (signal.aborted) break;
        const lead = withTried(read, released.get(read.contactKey));
        const outcome = await oneByOne(deps, lead.contactKey, failed, () =>
          offerToBest(deps, lead, agents, sent.get(lead.contactKey)),
        );
        if (outcome === null) continue;
        if ('nobody' in outcome) {
          nobodyFits++;
          if (unmatched.length < reported) unmatched.push({ contactKey: lead.contactKey, ...outcome.nobody });
        } else if ('skipped' in outcome) {
          skipped++;
        } else {
          offers.push(outcome.offer);
          if (outcome.message !== null) told.push(outcome.message);
        }
      }
      messages += await queue(deps, told);
    }
    const historic = await countHistoricLeads(db, history);
    const counts = {
      leads: keys.length,
      offered: offers.length,
      nobodyFits,
      skipped,
      messages,
      ...(historic === 0 ? {} : { history: historic }),
    };
    return { counts, offers, report: { unmatched, failed: failed.slice(0, reported) } };
  },
});

/** A pass appends only while it holds its lease. */
type PassDeps = MatchingDeps & JobRun;

const withTried = (lead: OfferableLead, memberKey: string | undefined): OfferableLead =>
  memberKey === undefined ? lead : { ...lead, triedMemberKeys: [...(lead.triedMemberKeys ?? []), memberKey] };

type Agents = Map<string, OfferableAgent>;

type Outcome =
  | { readonly nobody: WhyNobody }
  | { readonly skipped: string }
  | {
      readonly offer: LeadMatching['offers'][number] /** `null`: it was sent already. */;
      readonly message: NewMessage | null;
    };

const offerToBest = async (
  deps: PassDeps,
  lead: OfferableLead,
  agents: Agents,
  sent: ReadonlyMap<string, readonly string[]> | undefined,
): Promise<Outcome> => {
  const { store, clock, timeZone, offerMinutes = 30 } = deps;
  const now = clock.now();
  const ranking = rankAgents(lead, [...agents.values()], now, { timeZone });
  const [best] = ranking.ranked;
  if (best === undefined) return { nobody: whyNobody(ranking) };

  const { score, reasons } = best;
  const expiresAt = new Date(now.getTime() + offerMinutes * 60_000).toISOString();
  const outcome = await offerLead(
    store,
    {
      contactKey: lead.contactKey,
      memberKeys: [best.memberKey],
      score,
      reasons,
      expiresAt,
      ...(sent === undefined ? {} : { sent }),
    },
    originOf(deps, now),
  );
  if (!outcome.offered) return { skipped: outcome.because };
  // The next lead of this pass finds the agent with one more to see to, and having just had an offer.
  const { offerKey } = outcome;
  const memberKey = outcome.memberKeys[0]!;
  const agent = agents.get(memberKey);
  const offer = { contactKey: lead.contactKey, memberKey, offerKey, score };
  if (agent === undefined) return { offer, message: null };
  agents.set(memberKey, { ...agent, openLeads: agent.openLeads + 1, lastOfferedAt: now.toISOString() });
  return { offer, message: sent?.has(offerKey) ? null : offerMessage({ offerKey, reasons, expiresAt, lead, agent }) };
};

/** Offers that were made and never told of: their reasons are on the event. */
const tellUntold = async (deps: PassDeps, agents: Agents, history: bigint, failed: FailedLead[]): Promise<number> => {
  const untold = await untoldOffers(deps.db, history);
  const byKey = new Map(
    (
      await readLeads(
        deps.db,
        untold.map((offer) => offer.contactKey),
      )
    ).map((lead) => [lead.contactKey, lead]),
  );
  const messages: NewMessage[] = [];
  for (const { contactKey, offerKey, memberKey, expiresAt } of untold) {
    await oneByOne(deps, contactKey, failed, async () => {
      const { state } = await load(deps.store, leads, contactKey);
      const lead = byKey.get(contactKey);
      // Answered meanwhile: there is nothing left to tell.
      if (lead === undefined || state.openOffer?.offerKey !== offerKey) return;
      const agent = agents.get(memberKey) ?? { memberKey, memberFullName: null, slackUserId: null };
      messages.push(offerMessage({ offerKey, reasons: state.openOffer.reasons, expiresAt, lead, agent }));
    });
  }
  return await queue(deps, messages);
};

const queue = async ({ db }: MatchingDeps, messages: readonly NewMessage[]): Promise<number> => {
  if (messages.length === 0) return 0;
  return await db.transaction().execute(async (transaction) => {
    return (await queueMessages(transaction, messages)).length;
  });
};
