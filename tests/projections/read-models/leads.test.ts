import { test } from 'node:test';
import type { LeadEvent } from '../../../domain/lead/index.ts';
import leads from '../../../projections/leads/projection.ts';
import { type Given, occurredAt, specification } from '../support/specification.ts';

const { given } = specification(leads, 'lead');

const captured = {
  type: 'LeadCaptured',
  data: {
    contactKey: '1',
    firstName: 'Maria',
    email: 'maria@example.com',
    leadStage: 'New',
    listPriceMax: 650_000,
    cities: ['Boca Raton'],
    legacyIds: ['contacts/1'],
  },
} satisfies LeadEvent;
const maria = { ...captured.data, emailOptOut: false, triedMemberKeys: [], capturedAt: occurredAt };

const expiresAt = '2026-04-01T00:00:00.000Z';
const offerTo = (memberKey: string): LeadEvent => ({
  type: 'LeadOffered',
  data: { offerKey: `offer to ${memberKey}`, memberKeys: [memberKey], score: 40, reasons: [], expiresAt },
});
const offerOf = (memberKey: string) => ({ offerKey: `offer to ${memberKey}`, memberKey });
const openOffer = (memberKey: string) => ({
  offerKey: `offer to ${memberKey}`,
  offeredMemberKeys: [memberKey],
  offerMode: 'bestMatch',
  offeredAt: occurredAt,
  offerExpiresAt: expiresAt,
});
const expiredOf = (memberKey: string): LeadEvent => ({
  type: 'LeadOfferExpired',
  data: { offerKey: `offer to ${memberKey}`, memberKeys: [memberKey] },
});

test('a lead that is captured has a row with everything known of them, and gets e-mail', async () => {
  await given([captured]).then('leads', [maria]);
});

test('each lead has a row of their own', async () => {
  const other = { contactKey: '2', email: 'jo@example.org' };
  await given([captured, { type: 'LeadCaptured', key: '2', data: other }]).then('leads', [
    maria,
    { ...other, emailOptOut: false, triedMemberKeys: [], capturedAt: occurredAt },
  ]);
});

test('an inquiry says which listing it is about', async () => {
  await given([captured, { type: 'LeadInquired', data: { listingKey: 'l1', message: 'Is it still available?' } }]).then(
    'leads',
    [{ ...maria, inquiredListingKey: 'l1', inquiredAt: occurredAt }],
  );
});

test('an activity changes only when the lead was last touched', async () => {
  await given([captured, { type: 'LeadActivityLogged', data: { recordKey: 'a1', activityType: 'Call' } }]).then(
    'leads',
    [maria],
  );
});

test('a change of stage sets the stage', async () => {
  await given([captured, { type: 'LeadStageChanged', data: { leadStage: 'Hot', previousLeadStage: 'New' } }]).then(
    'leads',
    [{ ...maria, leadStage: 'Hot' }],
  );
});

test('a lead who opts out gets no e-mail', async () => {
  await given([captured, { type: 'LeadOptedOut', data: {} }]).then('leads', [{ ...maria, emailOptOut: true }]);
});

test('a lead who opts in again gets e-mail', async () => {
  await given([captured, { type: 'LeadOptedOut', data: {} }, { type: 'LeadOptedIn', data: {} }]).then('leads', [maria]);
});

test('an offer is open until it expires', async () => {
  await given([captured, offerTo('m1')]).then('leads', [{ ...maria, ...openOffer('m1') }]);
});

test('an offer without an end has no expiry', async () => {
  await given([
    captured,
    { type: 'LeadOffered', data: { offerKey: 'offer to m1', memberKeys: ['m1'], reasons: [] } },
  ]).then('leads', [{ ...maria, ...openOffer('m1'), offerExpiresAt: null }]);
});

test('the agent who accepts owns the lead, and no one counts as tried any more', async () => {
  await given([
    captured,
    offerTo('m1'),
    { type: 'LeadPassed', data: offerOf('m1') },
    offerTo('m2'),
    { type: 'LeadAccepted', occurredAt: '2026-03-31T09:30:00.000Z', data: offerOf('m2') },
  ]).then('leads', [
    {
      ...maria,
      ownerMemberKey: 'm2',
      acceptedAt: '2026-03-31T09:30:00.000Z',
      assignedAt: '2026-03-31T09:30:00.000Z',
      assignedHow: 'accepted',
    },
  ]);
});

test('an agent who passes counts as tried, and the offer is closed', async () => {
  await given([captured, offerTo('m1'), { type: 'LeadPassed', data: offerOf('m1') }]).then('leads', [
    { ...maria, triedMemberKeys: ['m1'] },
  ]);
});

test('an offer that expires counts as tried, after those before it', async () => {
  await given([
    captured,
    offerTo('m1'),
    { type: 'LeadPassed', data: offerOf('m1') },
    offerTo('m2'),
    expiredOf('m2'),
  ]).then('leads', [{ ...maria, triedMemberKeys: ['m1', 'm2'] }]);
});

test('an earlier offer that expires late leaves the open one alone', async () => {
  await given([captured, offerTo('m1'), offerTo('m2'), expiredOf('m1')]).then('leads', [
    { ...maria, ...openOffer('m2'), triedMemberKeys: ['m1'] },
  ]);
});

test('an offer that could not reach the agent counts as tried', async () => {
  await given([
    captured,
    offerTo('m1'),
    { type: 'LeadOfferWithdrawn', data: { ...offerOf('m1'), reason: 'Slack does not know the user' } },
  ]).then('leads', [{ ...maria, triedMemberKeys: ['m1'] }]);
});

test('an assignment by hand closes the open offer', async () => {
  await given([
    captured,
    offerTo('m1'),
    { type: 'LeadAssigned', data: { ownerMemberKey: 'm3', previousOwnerMemberKey: null } },
  ]).then('leads', [{ ...maria, ownerMemberKey: 'm3', assignedAt: occurredAt, assignedHow: 'source' }]);
});

test('an assignment to no one leaves the lead without an owner', async () => {
  await given([
    captured,
    { type: 'LeadAssigned', data: { ownerMemberKey: 'm3', previousOwnerMemberKey: null } },
    { type: 'LeadAssigned', data: { ownerMemberKey: null, previousOwnerMemberKey: 'm3' } },
  ]).then('leads', [maria]);
});

test('a correction sets some fields and empties others', async () => {
  const changes = { firstName: 'Mariana', listPriceMax: null, doNotCallYN: true };
  await given([captured, { type: 'LeadDetailsCorrected', data: { changes } }]).then('leads', [
    { ...maria, ...changes, formerNames: ['Maria'] },
  ]);
});

test('a correction keeps the address, the number and the name that it replaces', async () => {
  const correct = (changes: object): LeadEvent => ({ type: 'LeadDetailsCorrected', data: { changes } });
  const now = { email: 'new@example.com', mobilePhone: '+15615550199', lastName: 'Vega' };
  await given([captured, correct({ email: 'second@example.com', mobilePhone: '+15615550100' }), correct(now)]).then(
    'leads',
    [
      {
        ...maria,
        ...now,
        formerEmails: [maria.email, 'second@example.com'],
        formerPhones: ['+15615550100'],
        formerNames: ['Maria'],
      },
    ],
  );
});

test('a merge adds the legacy ids that are new', async () => {
  await given([
    captured,
    { type: 'LeadMerged', data: { legacyIds: ['contacts/1', 'contacts/2'], contactKeys: ['2'] } },
  ]).then('leads', [{ ...maria, legacyIds: ['contacts/1', 'contacts/2'] }]);
});

test('a split takes the legacy ids of the other person away', async () => {
  await given([
    captured,
    { type: 'LeadMerged', data: { legacyIds: ['contacts/2'] } },
    { type: 'LeadSplit', data: { legacyIds: ['contacts/2'], contactKeys: ['2'] } },
  ]).then('leads', [maria]);
});

test('a lead merged into another has no row', async () => {
  await given([captured, { type: 'LeadMergedInto', data: { contactKey: '2' } }]).then('leads', []);
});

test('a lead that was merged and is split from the other again has its row and its opt-out back', async () => {
  const fields = { email: 'maria@example.com', leadStage: 'Nurture' } as const;
  await given([
    captured,
    { type: 'LeadMergedInto', data: { contactKey: '2' } },
    {
      type: 'LeadSplitFrom',
      occurredAt: '2026-03-31T09:00:00.000Z',
      data: { contactKey: '2', fields, emailOptOut: true, triedMemberKeys: ['m1'] },
    },
  ]).then('leads', [
    { contactKey: '1', ...fields, emailOptOut: true, triedMemberKeys: ['m1'], capturedAt: '2026-03-31T09:00:00.000Z' },
  ]);
});

test('a lead captured as a split from another keeps the row it was captured with', async () => {
  await given([captured, { type: 'LeadSplitFrom', data: { contactKey: '2' } }]).then('leads', [maria]);
});

test('an event of a lead that was never captured is parked', async () => {
  await given([offerTo('m1')]).thenParked('LeadOffered of a record that has no LeadCaptured');
});

const assignedTo = (ownerMemberKey: string): LeadEvent => ({
  type: 'LeadReassigned',
  data: { ownerMemberKey, previousOwnerMemberKey: null },
});
const assignedAt = '2026-03-31T09:00:00.000Z';

test('a lead that a person gives to an agent is that agent’s, and the offer is closed', async () => {
  await given([captured, offerTo('m1'), { ...assignedTo('m3'), occurredAt: assignedAt }]).then('leads', [
    { ...maria, ownerMemberKey: 'm3', assignedAt, assignedHow: 'byHand' },
  ]);
});

test('when the agent was reminded is kept', async () => {
  await given([
    captured,
    { ...assignedTo('m3'), occurredAt: assignedAt },
    { type: 'LeadResponseReminded', occurredAt: '2026-03-31T09:10:00.000Z', data: { memberKey: 'm3' } },
  ]).then('leads', [
    {
      ...maria,
      ownerMemberKey: 'm3',
      assignedAt,
      assignedHow: 'byHand',
      responseRemindedAt: '2026-03-31T09:10:00.000Z',
    },
  ]);
});

test('the first response is the first time that someone got in touch', async () => {
  const activity = (recordKey: string, activityType: 'Call' | 'Note', occurredAt: string): Given<'lead'> => ({
    type: 'LeadActivityLogged',
    occurredAt,
    data: { recordKey, activityType },
  });
  await given([
    captured,
    { ...assignedTo('m3'), occurredAt: assignedAt },
    activity('r1', 'Note', '2026-03-31T09:05:00.000Z'),
    activity('r2', 'Call', '2026-03-31T09:15:00.000Z'),
    activity('r3', 'Call', '2026-03-31T09:20:00.000Z'),
  ]).then('leads', [
    {
      ...maria,
      ownerMemberKey: 'm3',
      assignedAt,
      assignedHow: 'byHand',
      firstResponseAt: '2026-03-31T09:15:00.000Z',
    },
  ]);
});

test('a lead that is given back is new again', async () => {
  await given([captured, assignedTo('m3'), { type: 'LeadReleased', data: { previousOwnerMemberKey: 'm3' } }]).then(
    'leads',
    [{ ...maria, triedMemberKeys: ['m3'] }],
  );
});

test('a lead that is reopened stays with its agent', async () => {
  await given([
    captured,
    assignedTo('m3'),
    { type: 'LeadStageChanged', data: { leadStage: 'Trash', previousLeadStage: 'New' } },
    { type: 'LeadReopened', occurredAt: assignedAt, data: { previousLeadStage: 'Trash' } },
  ]).then('leads', [{ ...maria, leadStage: 'Trash', ownerMemberKey: 'm3', assignedAt, assignedHow: 'byHand' }]);
});

const escalation = (escalationReason: 'chain-ended' | 'no-first-response'): Given<'lead'> => ({
  type: 'LeadEscalated',
  occurredAt: '2026-03-31T10:00:00.000Z',
  data: { memberKey: 'broker', escalationReason, detail: 'No one accepted it' },
});
const escalated = { escalatedAt: '2026-03-31T10:00:00.000Z', escalatedToMemberKey: 'broker' };

test('a lead that reaches the end of its chain goes to the person there', async () => {
  await given([captured, escalation('chain-ended')]).then('leads', [
    {
      ...maria,
      ...escalated,
      escalationReason: 'chain-ended',
      ownerMemberKey: 'broker',
      assignedAt: escalated.escalatedAt,
      assignedHow: 'escalated',
    },
  ]);
});

test('a lead that is escalated for lack of a response stays with its agent', async () => {
  await given([captured, { ...assignedTo('m3'), occurredAt: assignedAt }, escalation('no-first-response')]).then(
    'leads',
    [
      {
        ...maria,
        ...escalated,
        escalationReason: 'no-first-response',
        ownerMemberKey: 'm3',
        assignedAt,
        assignedHow: 'byHand',
      },
    ],
  );
});
