import type { DomainEvent } from '../../domain/events.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { EventStore } from '../../eventstore/event-store.ts';

/** Events in the order in which a brokerage would produce them, with the stream and revision of each. */
export type MadeEvents = {
  readonly stream: string;
  readonly revision: bigint;
  readonly events: readonly DomainEvent[];
};

/** The same numbers for the same seed (mulberry32): 0 ≤ n < 1. */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const cities = ['Boca Raton', 'Delray Beach', 'Boynton Beach', 'West Palm Beach', 'Jupiter', 'Wellington'];
const statuses = ['Active', 'Pending', 'Active', 'Closed', 'Withdrawn', 'Active Under Contract'] as const;
const stages = ['New', 'Attempted', 'Contacted', 'Nurture', 'Hot', 'Appointment'] as const;
const activities = ['Call', 'Email', 'SMS', 'Note', 'Showing'] as const;
const remarks =
  'Light and bright home in a quiet community close to the beach, with an updated kitchen, impact windows, a screened ' +
  'patio over the lake and a two-car garage. The roof was replaced in 2019, the air conditioning in 2021. ';

/**
 * A brokerage's history, with record keys that begin with `prefix`: six of ten records are listings, the rest are leads and a
 * few agents and saved searches. Every record is created first; then they change in random order, one to three events at a time,
 * ten events per record in all.
 */
export function* madeHistory(events: number, seed = 1, prefix = 'bench'): Generator<MadeEvents> {
  const random = randomNumbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const records = Math.max(10, Math.floor(events / 10));
  const kinds = Array.from({ length: records }, (_, n) => kindOf(n));
  const revisions = new Array<bigint>(records).fill(0n);
  const state = { prices: new Array<number>(records).fill(0), statuses: new Array<string>(records).fill('Active') };
  let made = 0;
  for (let n = 0; n < records && made < events; n++, made++) {
    state.prices[n] = 200_000 + Math.floor(random() * 900_000);
    yield {
      stream: `${kinds[n]}-${prefix}${n}`,
      revision: 0n,
      events: [entered(n, prefix, kinds[n]!, state.prices[n]!, pick)],
    };
  }
  while (made < events) {
    const n = Math.floor(random() * records);
    const count = Math.min(events - made, 1 + Math.floor(random() * 3));
    const changes = Array.from({ length: count }, () => changed(n, kinds[n]!, state, random, pick));
    const revision = revisions[n]! + 1n;
    revisions[n] = revisions[n]! + BigInt(count);
    made += count;
    yield { stream: `${kinds[n]}-${prefix}${n}`, revision, events: changes };
  }
}

type Kind = 'listing' | 'lead' | 'agent' | 'savedSearch';
type Pick = <T>(list: readonly T[]) => T;

const kindOf = (n: number): Kind => {
  if (n % 200 === 199) return 'agent';
  return n % 10 < 6 ? 'listing' : n % 10 < 9 ? 'lead' : 'savedSearch';
};

const entered = (n: number, prefix: string, kind: Kind, listPrice: number, pick: Pick): DomainEvent => {
  const legacyIds = [`bench/${n}`];
  switch (kind) {
    case 'listing':
      return {
        type: 'ListingEntered',
        data: {
          ...{
            listingKey: `${prefix}${n}`,
            listingId: `RX-${10_000_000 + n}`,
            standardStatus: 'Active',
            mlsStatus: 'Active',
          },
          ...{ listPrice, originalListPrice: listPrice, onMarketDate: '2025-03-01', propertyType: 'Residential' },
          ...{ bedroomsTotal: 2 + (n % 4), bathroomsTotalInteger: 2, bathroomsFull: 2, livingArea: 900 + (n % 3_000) },
          ...{ propertySubType: 'Single Family Residence', unparsedAddress: `${n} Palm Way, Boca Raton, FL 33432` },
          ...{ streetNumber: String(n), streetName: 'Palm Way', city: pick(cities), stateOrProvince: 'FL' },
          ...{
            postalCode: '33432',
            latitude: 26.35 + (n % 100) / 1_000,
            longitude: -80.1,
            photosCount: 12,
            yearBuilt: 1990,
          },
          ...{
            features: ['Pool', 'Lake view', 'Impact windows'],
            publicRemarks: remarks,
            listAgentKey: `${prefix}199`,
          },
          ...{ media: [{ mediaURL: `https://photos.example.com/${n}/1.jpg` }], legacyIds },
          ...{ internetEntireListingDisplayYN: true, internetAddressDisplayYN: true },
        },
      };
    case 'lead':
      return {
        type: 'LeadCaptured',
        data: {
          ...{
            contactKey: `${prefix}${n}`,
            firstName: 'Maria',
            lastName: `Sample ${n}`,
            email: `maria${n}@example.com`,
          },
          ...{ mobilePhone: '+15615550134', leadSource: 'Website', leadStage: 'New', listPriceMin: 300_000 },
          ...{ listPriceMax: 600_000, cities: [pick(cities)], languages: ['English', 'Spanish'], legacyIds },
        },
      };
    case 'agent':
      return {
        type: 'AgentJoined',
        data: {
          ...{ memberKey: `${prefix}${n}`, memberFullName: `Agent ${n}`, memberEmail: `agent${n}@example.com` },
          ...{ memberStatus: 'Active', roles: ['agent'], cities: [pick(cities)], maxLeads: 40, legacyIds },
        },
      };
    default: {
      const criteria = { cities: [pick(cities)], listPriceMax: 650_000, bedroomsMin: 2 };
      const of = { savedSearchKey: `${prefix}${n}`, contactKey: `${prefix}${n - 1}` };
      return { type: 'SavedSearchCreated', data: { ...of, criteria, activeYN: true, scheduleType: 'ASAP', legacyIds } };
    }
  }
};

const changed = (
  n: number,
  kind: Kind,
  state: { prices: number[]; statuses: string[] },
  random: () => number,
  pick: Pick,
): DomainEvent => {
  const chance = random();
  switch (kind) {
    case 'listing': {
      if (chance < 0.45) {
        const previousListPrice = state.prices[n]!;
        const listPrice = Math.max(50_000, Math.round(previousListPrice * (0.9 + random() * 0.18)));
        state.prices[n] = listPrice;
        return { type: 'ListPriceChanged', data: { listPrice, previousListPrice } };
      }
      if (chance < 0.75) {
        const previousStandardStatus = state.statuses[n] as (typeof statuses)[number];
        const standardStatus = pick(statuses);
        state.statuses[n] = standardStatus;
        return {
          type: 'StandardStatusChanged',
          data: { standardStatus, previousStandardStatus, mlsStatus: standardStatus },
        };
      }
      if (chance < 0.85) return { type: 'ListingMediaChanged', data: { photosCount: 1 + Math.floor(random() * 40) } };
      return {
        type: 'ListingDetailsCorrected',
        data: { changes: { yearBuilt: 1950 + Math.floor(random() * 70), publicRemarks: `${remarks} ${n}` } },
      };
    }
    case 'lead':
      if (chance < 0.5) {
        const body = 'Asked about the home by the lake, wants to see it on Saturday.';
        return {
          type: 'LeadActivityLogged',
          data: { recordKey: `bench/${random()}`, activityType: pick(activities), body },
        };
      }
      if (chance < 0.8)
        return { type: 'LeadStageChanged', data: { leadStage: pick(stages), previousLeadStage: 'New' } };
      return {
        type: 'LeadDetailsCorrected',
        data: { changes: { listPriceMax: 400_000 + Math.floor(random() * 500_000) } },
      };
    case 'agent':
      return {
        type: 'AgentCoverageChanged',
        data: { changes: { cities: [pick(cities), pick(cities)], maxLeads: 10 } },
      };
    default:
      return { type: 'CriteriaChanged', data: { criteria: { cities: [pick(cities)], listPriceMax: 700_000 } } };
  }
};

/** Appends a history, `inFlight` records at a time, each record's events in order. */
export const appendHistory = async (
  store: EventStore,
  history: Iterable<MadeEvents>,
  inFlight = 128,
): Promise<void> => {
  const source = history[Symbol.iterator]();
  const busy = new Map<string, Promise<void>>();
  const worker = async () => {
    for (let next = source.next(); !next.done; next = source.next()) {
      const { stream, revision, events } = next.value;
      const work = (busy.get(stream) ?? Promise.resolve()).then(() => append(store, stream, revision, events));
      busy.set(stream, work);
      await work;
      if (busy.get(stream) === work) busy.delete(stream);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
};

const append = async (store: EventStore, stream: string, revision: bigint, events: readonly DomainEvent[]) => {
  const result = await store.append(
    stream,
    revision === 0n ? 'no-stream' : revision - 1n,
    events.map((event, index) => ({
      id: deterministicId(`${stream}@${revision + BigInt(index)}`),
      event,
      metadata: {
        actor: { kind: 'import', id: 'bench' },
        source: `legacy:bench/${stream}`,
        occurredAt: '2026-03-31T12:00:00.000Z',
        $correlationId: deterministicId(stream),
        $causationId: deterministicId(stream),
      },
    })),
  );
  if (!result.appended) throw new Error(`${stream} is at ${result.conflict.actual}, not before ${revision}`);
};
