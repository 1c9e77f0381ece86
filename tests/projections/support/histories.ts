import { agent } from '../../../domain/agent/index.ts';
import type { RecordName } from '../../../domain/catalogue/field.ts';
import type { Decider } from '../../../domain/decider.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import { lead } from '../../../domain/lead/index.ts';
import { listing } from '../../../domain/listing/index.ts';
import { savedSearch } from '../../../domain/saved-search/index.ts';
import type { StoredEvent } from '../../../eventstore/stored-event.ts';
import fc from '../../support/fast-check.ts';

const deciders = { listing, lead, agent, savedSearch } as unknown as Record<
  RecordName,
  Decider<object, DomainEvent, object>
>;

const money = fc.integer({ min: 1_000, max: 900_000 });
const status = fc.constantFrom('Active', 'Pending', 'Closed', 'Withdrawn', 'Coming Soon');
const member = fc.constantFrom('m1', 'm2', 'm3');
const words = fc.array(fc.constantFrom('Pool', 'Lake', 'a "quoted" \\ word', 'naïve — 漢字', '{a,b}'), {
  maxLength: 3,
});

/** A record ends from time to time: it is merged into another one. */
const seldom = (ending: fc.Arbitrary<object>, others: fc.Arbitrary<object>) =>
  fc.oneof({ weight: 1, arbitrary: ending }, { weight: 12, arbitrary: others });

/** Commands in no sensible order; those that a decider rejects make no events. */
const asked: Record<RecordName, fc.Arbitrary<object>> = {
  listing: fc.oneof(
    fc.record({
      type: fc.constant('RecordListing'),
      listingKey: fc.constant(''),
      fields: fc.record(
        {
          listingId: fc.constant('RX-1'),
          standardStatus: status,
          listPrice: fc.option(money),
          closeDate: fc.constantFrom('2026-01-31', '2026-02-28'),
          livingArea: fc.constantFrom(850.5, 1200, null),
          features: words,
          media: fc.constantFrom([{ mediaURL: 'https://photos.example.com/1.jpg' }], null),
          legacyIds: fc.constantFrom(['properties/1'], ['properties/1', 'properties/2']),
          internetAddressDisplayYN: fc.boolean(),
          modificationTimestamp: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.123Z'),
        },
        { requiredKeys: ['listingId', 'standardStatus'] },
      ),
    }),
    fc.record({
      type: fc.constant('CorrectListing'),
      changes: fc.record({ listPrice: fc.option(money), city: words.map(([w]) => w ?? null) }),
    }),
  ),
  lead: fc.oneof(
    fc.record({
      type: fc.constant('RecordLead'),
      contactKey: fc.constant(''),
      fields: fc.record(
        {
          email: fc.constantFrom('maria@example.com', 'jo@example.org'),
          leadStage: fc.constantFrom('New', 'Hot', 'Trash'),
          tags: words,
          ownerMemberKey: fc.option(member),
          legacyIds: fc.constantFrom(['contacts/1'], ['contacts/2']),
        },
        { requiredKeys: ['email'] },
      ),
    }),
    fc.record({
      type: fc.constant('OfferLead'),
      offerKey: fc.constantFrom('o1', 'o2', 'o3'),
      memberKeys: fc.uniqueArray(member, { minLength: 1, maxLength: 2 }),
      score: fc.constant(1),
      reasons: fc.constant([]),
      expiresAt: fc.constant('2026-04-01T00:00:00.000Z'),
    }),
    fc.record({ type: fc.constantFrom('AcceptLead', 'PassLead'), memberKey: member }),
    fc.record({ type: fc.constant('AssignLead'), ownerMemberKey: fc.option(member) }),
    fc.record({ type: fc.constantFrom('OptOut', 'OptIn', 'RecordInquiry', 'ReopenLead') }),
    fc.record({ type: fc.constantFrom('ReassignLead', 'ReleaseLead', 'RemindOwner'), memberKey: member }),
    fc.record({ type: fc.constant('RecordInquiry'), listingKey: fc.constantFrom('l1', 'l2') }),
    fc.record({
      type: fc.constant('EscalateLead'),
      memberKey: member,
      escalationReason: fc.constantFrom('nobody-fits', 'no-first-response'),
      detail: fc.constant('No one accepted it'),
    }),
  ),
  agent: fc.oneof(
    fc.record({
      type: fc.constant('RecordAgent'),
      memberKey: fc.constant(''),
      fields: fc.record(
        {
          memberFullName: fc.constantFrom('Ana', 'Bo'),
          memberEmail: fc.constant('ana@example.com'),
          cities: words,
          maxLeads: fc.option(fc.integer({ min: 0, max: 50 })),
          hours: fc.constantFrom({ mon: ['09:00', '17:00'] }, null),
          legacyIds: fc.constantFrom(['users/1'], ['users/2']),
        },
        { requiredKeys: ['memberFullName', 'memberEmail'] },
      ),
      pause: fc.constantFrom(null, { from: '2026-05-01', to: null }, { from: '2026-05-01', to: '2026-05-09' }),
    }),
  ),
  savedSearch: fc.oneof(
    fc.record({
      type: fc.constant('RecordSavedSearch'),
      savedSearchKey: fc.constant(''),
      fields: fc.record(
        {
          contactKey: fc.constantFrom('c1', 'c2'),
          criteria: fc.record({ listPriceMax: money }),
          scheduleType: fc.constantFrom('ASAP', 'Daily', null),
          activeYN: fc.boolean(),
        },
        { requiredKeys: ['contactKey', 'criteria'] },
      ),
    }),
    fc.record({ type: fc.constantFrom('PauseSearch', 'ResumeSearch') }),
  ),
};

const commands: typeof asked = {
  ...asked,
  listing: seldom(fc.constant({ type: 'MergeListingInto', listingKey: 'another' }), asked.listing),
  lead: seldom(fc.constant({ type: 'MergeLeadInto', contactKey: 'another' }), asked.lead),
};

const keyFields = { listing: 'listingKey', lead: 'contactKey', agent: 'memberKey', savedSearch: 'savedSearchKey' };

export type History = {
  readonly events: readonly StoredEvent[];
  /** The state of each record by the domain's own `evolve`, and its last event. */
  readonly states: ReadonlyMap<
    string,
    { readonly state: object; readonly last: StoredEvent; readonly first: StoredEvent }
  >;
};

const names = Object.keys(commands) as RecordName[];
const step = fc
  .tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 2 }))
  .chain(([name, n]) => commands[name].map((command) => ({ name, key: `r${n}`, command })));

/** Histories as an event store would give them, of a few records of each kind, mixed. */
export const histories: fc.Arbitrary<History> = fc.array(step, { minLength: 1, maxLength: 60 }).map((steps) => {
  const events: StoredEvent[] = [];
  const states = new Map<string, { state: object; last: StoredEvent; first: StoredEvent; revision: bigint }>();
  for (const { name, key, command } of steps) {
    const stream = `${name}-${key}`;
    const decider = deciders[name];
    const known = states.get(stream);
    let state = known?.state ?? decider.initialState;
    const merges = 'type' in command && /^Merge/.test(String(command.type));
    const keyed = keyFields[name] in command && !merges ? { ...command, [keyFields[name]]: key } : command;
    const decision = decider.decide(keyed, state);
    if ('rejected' in decision) continue;
    for (const event of decision.accepted) {
      const revision = (states.get(stream)?.revision ?? -1n) + 1n;
      const at = BigInt(events.length * 3 + 5);
      const stored: StoredEvent = {
        id: `00000000-0000-4000-8000-${String(events.length).padStart(12, '0')}`,
        streamName: stream,
        revision,
        position: { commit: at, prepare: at },
        created: new Date(Date.UTC(2026, 2, 31, 12, 0, 0, events.length)),
        type: event.type,
        metadata: {
          version: 1,
          actor: { kind: 'system', id: 'tests' },
          source: 'tests',
          occurredAt: '2026-03-30T08:00:00.000Z',
          $correlationId: 'tests',
          $causationId: 'tests',
        },
        // As it comes from the store: JSON, so nothing is shared and nothing is undefined.
        event: JSON.parse(JSON.stringify(event)) as DomainEvent,
      };
      state = decider.evolve(state, stored.event);
      events.push(stored);
      states.set(stream, { state, last: stored, first: states.get(stream)?.first ?? stored, revision });
    }
  }
  return { events, states };
});
