import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fold } from '../../../domain/decider.ts';
import {
  type LeadCommand,
  type LeadEvent,
  type LeadStage,
  type LeadStatus,
  lead,
  lifeOf,
} from '../../../domain/lead/index.ts';
import fc from '../../support/fast-check.ts';
import { leadCommands } from '../support/commands.ts';
import { specification } from '../support/specification.ts';

const { given } = specification(lead);

const captured: LeadEvent = { type: 'LeadCaptured', data: { contactKey: 'c1', email: 'ana@example.com' } };
const offeredTo = (...memberKeys: string[]): LeadEvent => ({
  type: 'LeadOffered',
  data: { offerKey: 'o1', memberKeys, reasons: [], expiresAt: '2026-03-01T12:15:00Z' },
});
const accepted = (memberKey: string): LeadEvent => ({ type: 'LeadAccepted', data: { offerKey: 'o1', memberKey } });
const passed = (memberKey: string): LeadEvent => ({ type: 'LeadPassed', data: { offerKey: 'o1', memberKey } });
const staged = (leadStage: LeadStage, previous: LeadStage | null): LeadEvent => ({
  type: 'LeadStageChanged',
  data: { leadStage, previousLeadStage: previous },
});
const responseReminded: LeadEvent = { type: 'LeadResponseReminded', data: { memberKey: 'a1' } };
const called: LeadEvent = { type: 'LeadActivityLogged', data: { recordKey: 'r1', activityType: 'Call' } };
const before = '2026-03-01T12:14:59Z';
const after = '2026-03-01T12:15:00Z';

suite('where a lead is in its life', () => {
  const lives: readonly (readonly [LeadStatus, readonly LeadEvent[]])[] = [
    ['unknown', []],
    ['unassigned', [captured]],
    ['offered', [captured, offeredTo('a1')]],
    ['unassigned', [captured, offeredTo('a1'), passed('a1')]],
    ['assigned', [captured, offeredTo('a1'), accepted('a1')]],
    ['closed', [captured, staged('Trash', null)]],
    ['merged', [captured, { type: 'LeadMergedInto', data: { contactKey: 'c2' } }]],
  ];
  for (const [status, history] of lives) {
    test(`${history.map(({ type }) => type).join(', ') || 'no event'}: ${status}`, () => {
      assert.equal(lifeOf(fold(lead, history)).status, status);
    });
  }
});

suite('an offer to several agents', () => {
  const offered = offeredTo('a1', 'a2', 'a3');
  const accept = (memberKey: string): LeadCommand => ({ type: 'AcceptLead', memberKey, offerKey: 'o1', now: before });

  test('goes to the first agent who accepts; the others see that it is taken', () => {
    given([captured, offered])
      .when(accept('a2'))
      .then([accepted('a2')]);
    given([captured, offered, accepted('a2')])
      .when(accept('a1'))
      .thenRejected('offer-taken');
    given([captured, offered, accepted('a2')])
      .when(accept('a2'))
      .then([]);
  });

  test('stays open to the others when one passes, until all have', () => {
    const [one, two, three] = ['a1', 'a2', 'a3'].map(passed) as [LeadEvent, LeadEvent, LeadEvent];
    given([captured, offered])
      .when({ type: 'PassLead', memberKey: 'a1' })
      .thenState(({ openOffer }) => assert.deepEqual(openOffer?.memberKeys, ['a2', 'a3']));
    given([captured, offered, one]).when(accept('a1')).thenRejected('offer-elsewhere');
    given([captured, offered, one, two, three])
      .when({ type: 'OptIn' })
      .thenState(({ openOffer, triedMemberKeys }) =>
        assert.deepEqual([openOffer, triedMemberKeys], [null, ['a1', 'a2', 'a3']]),
      );
  });

  test('expires for those who have not answered', () => {
    given([captured, offered, passed('a2')])
      .when({ type: 'ExpireOffer', offerKey: 'o1', now: after })
      .then([{ type: 'LeadOfferExpired', data: { offerKey: 'o1', memberKeys: ['a1', 'a3'] } }]);
  });

  test('is withdrawn from the one it could not reach', () => {
    const reason = 'Slack: user_not_found';
    given([captured, offered])
      .when({ type: 'WithdrawOffer', offerKey: 'o1', memberKey: 'a3', reason })
      .then([{ type: 'LeadOfferWithdrawn', data: { offerKey: 'o1', memberKey: 'a3', reason } }]);
    given([captured, offered]).when({ type: 'WithdrawOffer', offerKey: 'o1', memberKey: 'a9', reason }).then([]);
  });
});

suite('an answer to an offer', () => {
  test('comes too late once the deadline has passed, whether or not the offer has been taken back', () => {
    for (const type of ['AcceptLead', 'PassLead'] as const) {
      given([captured, offeredTo('a1')])
        .when({ type, memberKey: 'a1', now: after })
        .thenRejected('offer-expired', 'expiresAt');
    }
  });

  test('to an earlier offer does not answer the present one', () => {
    const again: LeadEvent = { type: 'LeadOffered', data: { offerKey: 'o2', memberKeys: ['a1'], reasons: [] } };
    const expired: LeadEvent = { type: 'LeadOfferExpired', data: { offerKey: 'o1', memberKeys: ['a1'] } };
    for (const type of ['AcceptLead', 'PassLead'] as const) {
      given([captured, offeredTo('a1'), expired, again])
        .when({ type, memberKey: 'a1', offerKey: 'o1' })
        .thenRejected('offer-missing');
    }
  });

  test('keeps the reason for passing', () => {
    const why = { passReason: 'Too busy', note: 'Next week, perhaps' } as const;
    given([captured, offeredTo('a1')])
      .when({ type: 'PassLead', memberKey: 'a1', offerKey: 'o1', ...why })
      .then([{ type: 'LeadPassed', data: { offerKey: 'o1', memberKey: 'a1', ...why } }]);
  });
});

suite('an escalation', () => {
  const detail = 'No one accepted it';
  const command = { type: 'EscalateLead', memberKey: 'b1', escalationReason: 'chain-ended', detail } as const;
  const { type: _, ...data } = command;
  const escalated: LeadEvent = { type: 'LeadEscalated', data };

  test('gives a lead without an agent to the person, once', () => {
    given([captured]).when(command).then([escalated]);
    given([captured])
      .when(command)
      .thenState((state) => assert.deepEqual(lifeOf(state), { status: 'assigned', memberKey: 'b1' }));
    given([captured, escalated]).when(command).then([]);
  });

  test('waits while the lead is on offer', () => {
    given([captured, offeredTo('a1')])
      .when(command)
      .thenRejected('offer-open');
  });

  test('for lack of a response leaves the lead with its agent, and happens once', () => {
    const late = { ...command, escalationReason: 'no-first-response' } as const;
    const history = [captured, offeredTo('a1'), accepted('a1')];
    const happened: LeadEvent = { type: 'LeadEscalated', data: { ...data, escalationReason: 'no-first-response' } };
    given(history).when(late).then([happened]);
    given([...history, happened])
      .when(late)
      .then([]);
    given([...history, happened])
      .when({ type: 'OptIn' })
      .thenState((state) => assert.deepEqual(lifeOf(state), { status: 'assigned', memberKey: 'a1' }));
    given([captured]).when(late).thenRejected('lead-unassigned', 'ownerMemberKey');
  });
});

suite('the first response', () => {
  const history = [captured, offeredTo('a1'), accepted('a1')];
  const remind = { type: 'RemindOwner', memberKey: 'a1' } as const;

  test('is asked for once', () => {
    given(history).when(remind).then([responseReminded]);
    given([...history, responseReminded])
      .when(remind)
      .then([]);
  });

  for (const response of [called, staged('Contacted', null)]) {
    test(`exists with ${response.type}: no reminder and no escalation`, () => {
      given([...history, response])
        .when(remind)
        .then([]);
      given([...history, response])
        .when({ type: 'EscalateLead', memberKey: 'b1', escalationReason: 'no-first-response', detail: 'Late' })
        .then([]);
    });
  }

  test('a note is not a response', () => {
    const note: LeadEvent = { type: 'LeadActivityLogged', data: { recordKey: 'r2', activityType: 'Note' } };
    given([...history, note])
      .when(remind)
      .then([responseReminded]);
  });

  test('is expected from the agent who has the lead now', () => {
    given([...history, { type: 'LeadReassigned', data: { ownerMemberKey: 'a2', previousOwnerMemberKey: 'a1' } }])
      .when(remind)
      .then([]);
  });
});

suite('by hand', () => {
  const owned = [captured, offeredTo('a1'), accepted('a1')];

  test('a lead is given to another agent, whatever is on offer', () => {
    given(owned)
      .when({ type: 'ReassignLead', memberKey: 'a2' })
      .then([{ type: 'LeadReassigned', data: { ownerMemberKey: 'a2', previousOwnerMemberKey: 'a1' } }]);
    given([captured, offeredTo('a1')])
      .when({ type: 'ReassignLead', memberKey: 'a2' })
      .thenState(({ openOffer }) => assert.equal(openOffer, null));
    given(owned).when({ type: 'ReassignLead', memberKey: 'a1' }).then([]);
  });

  test('a lead that is given back is new again, and not offered to the same agent', () => {
    given([...owned, staged('Contacted', null)])
      .when({ type: 'ReleaseLead', memberKey: 'a1' })
      .then([{ type: 'LeadReleased', data: { previousOwnerMemberKey: 'a1' } }, staged('New', 'Contacted')]);
    given(owned)
      .when({ type: 'ReleaseLead', memberKey: 'a1' })
      .thenState((state) => {
        assert.equal(lifeOf(state).status, 'unassigned');
        assert.deepEqual(state.triedMemberKeys, ['a1']);
      });
    given([captured]).when({ type: 'ReleaseLead', memberKey: 'a1' }).thenRejected('lead-unassigned', 'ownerMemberKey');
  });

  test('a lead is not taken from an agent who got it meanwhile', () => {
    given(owned).when({ type: 'ReleaseLead', memberKey: 'a2' }).thenRejected('lead-elsewhere', 'ownerMemberKey');
  });

  test('only a closed lead is reopened, and its agent keeps it', () => {
    given([...owned, staged('Closed', null)])
      .when({ type: 'ReopenLead' })
      .then([{ type: 'LeadReopened', data: { previousLeadStage: 'Closed' } }, staged('New', 'Closed')]);
    given([...owned, staged('Closed', null)])
      .when({ type: 'ReopenLead' })
      .thenState((state) => assert.deepEqual(lifeOf(state), { status: 'assigned', memberKey: 'a1' }));
    given([captured]).when({ type: 'ReopenLead' }).then([]);
  });

  test('a change of stage is recorded, and is the first response when the lead moves on from New', () => {
    given(owned)
      .when({ type: 'ChangeStage', leadStage: 'Hot' })
      .then([staged('Hot', null)]);
    given(owned)
      .when({ type: 'ChangeStage', leadStage: 'Hot' })
      .thenState(({ firstResponse }) => assert.equal(firstResponse?.responded, true));
    given([...owned, staged('Contacted', null)])
      .when({ type: 'ChangeStage', leadStage: 'Contacted' })
      .then([]);
  });

  test('an offer of a lead that was closed meanwhile is not accepted', () => {
    given([captured, offeredTo('a1'), staged('Trash', null)])
      .when({ type: 'AcceptLead', memberKey: 'a1' })
      .thenRejected('lead-closed', 'leadStage');
  });

  test('nothing is done with a closed lead before it is reopened', () => {
    for (const command of [
      { type: 'ReassignLead', memberKey: 'a2' },
      { type: 'ReleaseLead', memberKey: 'a1' },
      { type: 'ChangeStage', leadStage: 'Hot' },
      { type: 'OfferLead', offerKey: 'o2', memberKeys: ['a2'], reasons: [] },
    ] as const) {
      given([...owned, staged('Trash', null)])
        .when(command)
        .thenRejected('lead-closed', 'leadStage');
    }
  });
});

test('an inquiry that the source reports again is recorded once', () => {
  const inquiry = { type: 'RecordInquiry', listingKey: 'l1', recordKey: 'web-1' } as const;
  const { type: _, ...data } = inquiry;
  given([captured])
    .when(inquiry)
    .then([{ type: 'LeadInquired', data }]);
  given([captured, { type: 'LeadInquired', data }])
    .when(inquiry)
    .then([]);
});

test('whatever happens, in whatever order: one agent wins an offer, and only one it was made to', () => {
  fc.assert(
    fc.property(fc.array(leadCommands, { maxLength: 40 }), (commands) => {
      let state = lead.initialState;
      let open: readonly string[] = [];
      for (const command of commands) {
        const decision = lead.decide(command, state);
        if ('rejected' in decision) continue;
        for (const event of decision.accepted) {
          // Answers that the old CRM reports are recorded as they are.
          if (event.type === 'LeadAccepted' && command.type === 'AcceptLead') {
            assert.ok(open.includes(event.data.memberKey), 'it was theirs to accept');
            assert.equal(state.fields.ownerMemberKey ?? null, null, 'no agent had it');
          }
          state = lead.evolve(state, event);
          open = state.fields.ownerMemberKey ? [] : (state.openOffer?.memberKeys ?? []);
        }
      }
    }),
  );
});
