import { z } from 'zod';
import { type AgentCommand, agentFieldsSchema } from '../../../domain/agent/index.ts';
import { changesSchema } from '../../../domain/known-schema.ts';
import { type LeadCommand, leadFieldsSchema } from '../../../domain/lead/index.ts';
import { type ListingCommand, listingFieldsSchema } from '../../../domain/listing/index.ts';
import { type SavedSearchCommand, savedSearchFieldsSchema } from '../../../domain/saved-search/index.ts';
import fc from '../../support/fast-check.ts';
import { arbitraryOf } from './arbitrary.ts';

/** Any command of each aggregate, with few keys, so that commands often concern each other. */

const known = <Fields>(schema: z.ZodObject): fc.Arbitrary<Fields> =>
  arbitraryOf(changesSchema(schema as z.ZodObject<z.ZodRawShape>)) as fc.Arbitrary<Fields>;
const constant = <const Value>(value: Value) => fc.constant(value);
const member = fc.constantFrom('a1', 'a2', 'a3');
const recordKey = fc.constantFrom('r1', 'r2', 'r3');
const time = fc.constantFrom('2026-03-01T12:00:00Z', '2026-03-01T12:15:00Z', '2026-03-01T12:30:00Z');
const pause = fc.record({
  from: fc.constantFrom('2026-04-01', '2026-04-10'),
  to: fc.constantFrom('2026-04-05', '2026-04-20', null),
});

export const listingCommands: fc.Arbitrary<ListingCommand> = fc.oneof(
  fc.record(
    {
      type: constant('RecordListing'),
      listingKey: constant('l1'),
      fields: known(listingFieldsSchema),
      splitFromListingKey: fc.constantFrom('l2', 'l3'),
    },
    { requiredKeys: ['type', 'listingKey', 'fields'] },
  ),
  fc.record({
    type: constant('SplitListing'),
    legacyIds: fc.constantFrom([], ['properties/1']),
    listingKeys: fc.constantFrom([], ['l2'], ['l2', 'l3']),
    fields: known(listingFieldsSchema.omit({ legacyIds: true })),
  }),
  fc.record({ type: constant('CorrectListing'), changes: known(listingFieldsSchema.omit({ legacyIds: true })) }),
  fc.record({ type: constant('MergeListingInto'), listingKey: fc.constantFrom('l1', 'l2', 'l3') }),
) as fc.Arbitrary<ListingCommand>;

export const agentCommands: fc.Arbitrary<AgentCommand> = fc.oneof(
  fc.record(
    {
      type: constant('RecordAgent'),
      memberKey: constant('a1'),
      fields: known(agentFieldsSchema),
      pause: fc.option(pause),
    },
    { requiredKeys: ['type', 'memberKey', 'fields'] },
  ),
  fc.record({ type: constant('CorrectAgent'), changes: known(agentFieldsSchema.omit({ legacyIds: true })) }),
  fc.record({ type: constant('PauseAgent'), pause }),
  constant({ type: 'ResumeAgent' }),
  fc.record({ type: constant('SetCapacity'), maxLeads: fc.constantFrom(null, 0, 20) }),
  fc.record({
    type: constant('SetWorkingHours'),
    changes: fc.constantFrom({ hours: { mon: ['09:00', '17:00'] } }, { hours: null, timeZone: 'America/Chicago' }),
  }),
) as fc.Arbitrary<AgentCommand>;

export const leadCommands: fc.Arbitrary<LeadCommand> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      {
        type: constant('RecordLead'),
        contactKey: constant('c1'),
        fields: known(leadFieldsSchema.extend({ ownerMemberKey: z.enum(['a1', 'a2']) })),
        emailOptOut: fc.boolean(),
        splitFromContactKey: fc.constantFrom('c2', 'c3'),
      },
      { requiredKeys: ['type', 'contactKey', 'fields'] },
    ),
  },
  fc.record({ type: constant('CorrectLead'), changes: known(leadFieldsSchema.omit({ legacyIds: true })) }),
  fc.record({
    type: constant('OfferLead'),
    offerKey: fc.constantFrom('o1', 'o2'),
    memberKeys: fc.uniqueArray(member, { minLength: 1, maxLength: 3 }),
    score: fc.integer({ min: 0, max: 100 }),
    reasons: constant([]),
    expiresAt: time,
  }),
  fc.record(
    { type: constant('AcceptLead'), memberKey: member, offerKey: fc.constantFrom('o1', 'o2'), now: time },
    { requiredKeys: ['type', 'memberKey'] },
  ),
  fc.record(
    {
      type: constant('PassLead'),
      memberKey: member,
      offerKey: fc.constantFrom('o1', 'o2'),
      now: time,
      passReason: constant('Too busy'),
      note: constant('Next week, perhaps'),
    },
    { requiredKeys: ['type', 'memberKey'] },
  ),
  fc.record(
    {
      type: constant('WithdrawOffer'),
      offerKey: fc.constantFrom('o1', 'o2'),
      memberKey: member,
      reason: constant('Slack: user_not_found'),
    },
    { requiredKeys: ['type', 'offerKey', 'reason'] },
  ),
  fc.record({
    type: constant('EscalateLead'),
    memberKey: member,
    escalationReason: fc.constantFrom('nobody-fits', 'chain-ended', 'offer-rejected', 'no-first-response'),
    detail: constant('No one accepted it'),
  }),
  fc.record({ type: constant('RemindOwner'), memberKey: member }),
  fc.record({ type: constant('ReassignLead'), memberKey: member }),
  fc.record({ type: constant('ReleaseLead'), memberKey: member }),
  constant({ type: 'ReopenLead' }),
  fc.record({ type: constant('ChangeStage'), leadStage: fc.constantFrom('New', 'Hot', 'Trash') }),
  fc.record({ type: constant('RecordInquiry'), recordKey }),
  fc.record({ type: constant('ExpireOffer'), offerKey: fc.constantFrom('o1', 'o2'), now: time }),
  fc.record({ type: constant('AssignLead'), ownerMemberKey: fc.option(member) }),
  fc.record({
    type: constant('RecordAssignment'),
    recordKey,
    memberKey: member,
    status: fc.constantFrom('offered', 'accepted', 'passed', 'expired', 'assigned'),
  }),
  fc.record({ type: constant('RecordActivity'), recordKey, activityType: fc.constantFrom('Call', 'Note') }),
  constant({ type: 'OptOut' }),
  constant({ type: 'OptIn' }),
  fc.record({
    type: constant('SplitLead'),
    legacyIds: fc.constantFrom([], ['contacts/1']),
    contactKeys: fc.constantFrom([], ['c2'], ['c2', 'c3']),
  }),
  fc.record({ type: constant('MergeLeadInto'), contactKey: fc.constantFrom('c1', 'c2') }),
) as fc.Arbitrary<LeadCommand>;

const holdReasons = fc.array(
  fc.record({
    field: fc.constantFrom('criteria', 'scheduleType'),
    code: constant('criterion-unclear'),
    found: fc.constantFrom('{"city":7}', '"monthly"'),
  }),
  { maxLength: 2 },
);

export const savedSearchCommands: fc.Arbitrary<SavedSearchCommand> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: constant('RecordSavedSearch'),
      savedSearchKey: constant('s1'),
      fields: known(savedSearchFieldsSchema),
      holdReasons: fc.option(holdReasons, { nil: undefined }),
    }),
  },
  fc.record({
    type: constant('CorrectSavedSearch'),
    changes: known(savedSearchFieldsSchema.omit({ legacyIds: true })),
  }),
  fc.record(
    { type: constant('PauseSearch'), reason: fc.constantFrom('Bought', 'On holiday') },
    { requiredKeys: ['type'] },
  ),
  constant({ type: 'ResumeSearch' }),
) as fc.Arbitrary<SavedSearchCommand>;
