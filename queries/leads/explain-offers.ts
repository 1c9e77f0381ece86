import { streamName } from '../../domain/events.ts';
import type { LeadEvent, OfferCandidate } from '../../domain/lead/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { isReadable } from '../../eventstore/stored-event.ts';
import { recomputes } from '../../matching/policy/recompute.ts';

type DataOf<Type extends LeadEvent['type']> = Extract<LeadEvent, { type: Type }>['data'];

/** An offer with the grounds for it, as its event has them. */
export type OfferExplained = DataOf<'LeadOffered'> & {
  /** ISO 8601. */
  readonly offeredAt: string;
  /** Whether the scores on the event lead to the same choice again; `null`: the event has none. */
  readonly recomputes: boolean | null;
};

/** Every offer and every escalation of a lead, oldest first. */
export type OffersExplained = {
  readonly offers: readonly OfferExplained[];
  readonly escalations: readonly DataOf<'LeadEscalated'>[];
};

/** Why a lead was offered to whom, from its stream. */
export const explainOffers = async (
  store: Pick<EventStore, 'readStream'>,
  contactKey: string,
): Promise<OffersExplained> => {
  const offers: OfferExplained[] = [];
  const escalations: DataOf<'LeadEscalated'>[] = [];
  for await (const stored of store.readStream(streamName('lead', contactKey))) {
    if (!isReadable(stored)) continue;
    const event = stored.event as LeadEvent;
    if (event.type === 'LeadEscalated') escalations.push(event.data);
    if (event.type !== 'LeadOffered') continue;
    const { candidates, memberKeys, mode } = event.data;
    const again = candidates === undefined ? null : recomputes({ mode, memberKeys, candidates });
    offers.push({ ...event.data, offeredAt: stored.metadata.occurredAt, recomputes: again });
  }
  return { offers, escalations };
};

/** An agent who could not have a lead, and the rules that kept them from it. */
export type LeftOut = { readonly memberKey: string; readonly rules: readonly string[] };

/** Who was left out of an offer, agent by agent; `leftOut` on the event is by rule. */
export const leftOutByAgent = ({ leftOut = {} }: Pick<OfferExplained, 'leftOut'>): readonly LeftOut[] => {
  const rules = new Map<string, string[]>();
  for (const [rule, memberKeys] of Object.entries(leftOut)) {
    for (const memberKey of memberKeys) rules.set(memberKey, [...(rules.get(memberKey) ?? []), rule]);
  }
  return [...rules].map(([memberKey, kept]) => ({ memberKey, rules: kept }));
};

/** All agents that an explanation names. */
export const membersOf = ({ offers, escalations }: OffersExplained): readonly string[] => [
  ...new Set([
    ...offers.flatMap(({ memberKeys, candidates = [], leftOut = {} }) => [
      ...memberKeys,
      ...candidates.map((candidate: OfferCandidate) => candidate.memberKey),
      ...Object.values(leftOut).flat(),
    ]),
    ...escalations.map(({ memberKey }) => memberKey),
  ]),
];
