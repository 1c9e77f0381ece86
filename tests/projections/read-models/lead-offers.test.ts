import { suite, test } from 'node:test';
import type { LeadEvent } from '../../../domain/lead/index.ts';
import leadOffers from '../../../projections/lead-offers/projection.ts';
import { type Given, occurredAt, positionOf, specification } from '../support/specification.ts';

const { given } = specification(leadOffers, 'lead');

const captured: LeadEvent = { type: 'LeadCaptured', data: { contactKey: '1', email: 'ana@example.com' } };
const at = '2026-03-31T09:10:00.000Z';
const offered: LeadEvent = {
  type: 'LeadOffered',
  data: {
    offerKey: 'o1',
    memberKeys: ['a', 'b'],
    mode: 'firstToClaim',
    rule: 'Race',
    step: 1,
    policyVersion: 3,
    score: 40,
    reasons: [],
    candidates: [{ memberKey: 'b', score: 30, components: { area: 30 } }],
    expiresAt: '2026-03-31T09:30:00.000Z',
  },
};
const row = (memberKey: string, score: number, more: object = {}) => ({
  offerKey: 'o1',
  memberKey,
  contactKey: '1',
  mode: 'firstToClaim',
  rule: 'Race',
  step: 1,
  policyVersion: 3,
  score,
  offeredAt: occurredAt,
  expiresAt: '2026-03-31T09:30:00.000Z',
  outcome: 'open',
  importedYN: false,
  position: positionOf(1),
  ...more,
});
const ended = (outcome: string, more: object = {}) => ({ outcome, answeredAt: at, ...more });
const then = (event: LeadEvent): Given<'lead'> => ({ ...event, occurredAt: at });

test('an offer is a row for each agent, with their own score', async () => {
  await given([captured, offered]).then('lead_offers', [row('a', 40), row('b', 30)]);
});

suite('the outcome of an offer', () => {
  const cases: readonly (readonly [string, LeadEvent, object, object])[] = [
    [
      'one accepts',
      { type: 'LeadAccepted', data: { offerKey: 'o1', memberKey: 'a' } },
      ended('accepted'),
      ended('taken'),
    ],
    [
      'one passes',
      { type: 'LeadPassed', data: { offerKey: 'o1', memberKey: 'a', passReason: 'Too busy' } },
      ended('passed', { passReason: 'Too busy' }),
      {},
    ],
    [
      'it expires',
      { type: 'LeadOfferExpired', data: { offerKey: 'o1', memberKeys: ['a', 'b'] } },
      ended('expired'),
      ended('expired'),
    ],
    [
      'it cannot reach one of them',
      { type: 'LeadOfferWithdrawn', data: { offerKey: 'o1', memberKey: 'a', reason: 'Slack' } },
      ended('withdrawn'),
      {},
    ],
    [
      'a person gives the lead to someone',
      { type: 'LeadReassigned', data: { ownerMemberKey: 'c', previousOwnerMemberKey: null } },
      ended('ended'),
      ended('ended'),
    ],
    [
      'a source says whose it is',
      { type: 'LeadAssigned', data: { ownerMemberKey: 'c', previousOwnerMemberKey: null } },
      ended('ended'),
      ended('ended'),
    ],
    [
      'it turns out to be another lead',
      { type: 'LeadMergedInto', data: { contactKey: '2' } },
      ended('ended'),
      ended('ended'),
    ],
  ];
  for (const [what, event, ofA, ofB] of cases) {
    test(what, async () => {
      await given([captured, offered, then(event)]).then('lead_offers', [row('a', 40, ofA), row('b', 30, ofB)]);
    });
  }

  test('an escalation for lack of a response ends no offer', async () => {
    const data = { memberKey: 'boss', escalationReason: 'no-first-response', detail: 'Late' } as const;
    await given([captured, offered, then({ type: 'LeadEscalated', data })]).then('lead_offers', [
      row('a', 40),
      row('b', 30),
    ]);
  });
});

suite('offers of the old CRM, where an answer has an ID of its own', () => {
  const old = (event: LeadEvent): Given<'lead'> => ({ ...event, actor: { kind: 'import', id: 'legacy-crm' } });
  const imported = { memberKey: 'a', contactKey: '1', mode: 'bestMatch', offeredAt: occurredAt, importedYN: true };

  test('an answer is to whatever the agent had on offer', async () => {
    const offer: LeadEvent = { type: 'LeadOffered', data: { offerKey: 'x1', memberKeys: ['a'], reasons: [] } };
    const accepted: LeadEvent = { type: 'LeadAccepted', data: { offerKey: 'x2', memberKey: 'a' } };
    await given([captured, old(offer), { ...old(accepted), occurredAt: at }]).then('lead_offers', [
      { ...imported, offerKey: 'x1', position: positionOf(1), ...ended('accepted') },
    ]);
  });

  test('an answer without an offer stands for one', async () => {
    const passed: LeadEvent = { type: 'LeadPassed', data: { offerKey: 'x2', memberKey: 'a' } };
    await given([captured, old(passed)]).then('lead_offers', [
      { ...imported, offerKey: 'x2', position: positionOf(1), outcome: 'passed' },
    ]);
  });
});
