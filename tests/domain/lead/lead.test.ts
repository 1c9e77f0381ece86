import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type LeadCommand, type LeadEvent, lead } from '../../../domain/lead/index.ts';
import { specification } from '../support/specification.ts';

const { given } = specification(lead);

const fields = {
  firstName: 'Maria',
  lastName: 'Ortega',
  email: 'maria@example.com',
  leadStage: 'New',
  legacyIds: ['contacts/1'],
} as const;
const captured: LeadEvent = {
  type: 'LeadCaptured',
  data: { contactKey: 'c1', ...fields, legacyIds: [...fields.legacyIds] },
};
const record = (wanted: object, more: object = {}) =>
  ({ type: 'RecordLead', contactKey: 'c1', fields: wanted, ...more }) as const;

const offer = {
  type: 'OfferLead',
  offerKey: 'o1',
  memberKeys: ['a1'],
  score: 70,
  reasons: [{ rule: 'area', points: 40, detail: 'covers 33432' }],
  expiresAt: '2026-03-01T12:15:00Z',
} as const;
const offered: LeadEvent = {
  type: 'LeadOffered',
  data: { offerKey: 'o1', memberKeys: ['a1'], score: 70, reasons: [...offer.reasons], expiresAt: offer.expiresAt },
};
const accepted: LeadEvent = { type: 'LeadAccepted', data: { offerKey: 'o1', memberKey: 'a1' } };
const passed: LeadEvent = { type: 'LeadPassed', data: { offerKey: 'o1', memberKey: 'a1' } };
const expired: LeadEvent = { type: 'LeadOfferExpired', data: { offerKey: 'o1', memberKeys: ['a1'] } };
const withdrawn: LeadEvent = {
  type: 'LeadOfferWithdrawn',
  data: { offerKey: 'o1', memberKey: 'a1', reason: 'Slack: user_not_found' },
};
const optedOut: LeadEvent = { type: 'LeadOptedOut', data: {} };
const assigned = (ownerMemberKey: string | null, previousOwnerMemberKey: string | null): LeadEvent => ({
  type: 'LeadAssigned',
  data: { ownerMemberKey, previousOwnerMemberKey },
});

suite('a new lead', () => {
  test('is captured with all that is known, opted out if so', () => {
    given([])
      .when(record({ ...fields, tags: [], mobilePhone: null }))
      .then([captured]);
    given([])
      .when(record(fields, { emailOptOut: true }))
      .then([captured, optedOut]);
  });

  test('needs an e-mail address or a phone number', () => {
    given([])
      .when(record({ firstName: 'Maria' }))
      .thenRejected('contact-missing', 'email');
    given([])
      .when(record({ mobilePhone: '+15615550134' }))
      .thenState((state) => assert.equal(state.contactKey, 'c1'));
  });

  test('nothing else can be done with it', () => {
    const commands: LeadCommand[] = [
      { type: 'CorrectLead', changes: { firstName: 'M' } },
      { type: 'RecordInquiry' },
      offer,
      { type: 'AcceptLead', memberKey: 'a1' },
      { type: 'PassLead', memberKey: 'a1' },
      { type: 'ExpireOffer', offerKey: 'o1', now: offer.expiresAt },
      { type: 'AssignLead', ownerMemberKey: 'a1' },
      { type: 'RecordAssignment', recordKey: 'r1', memberKey: 'a1', status: 'assigned' },
      { type: 'RecordActivity', recordKey: 'r2', activityType: 'Call' },
      { type: 'OptOut' },
      { type: 'OptIn' },
    ];
    for (const command of commands) given([]).when(command).thenRejected('lead-unknown');
  });
});

suite('a source that reports a lead again', () => {
  test('changes nothing when nothing is different', () => {
    given([captured]).when(record(fields)).then([]);
    given([captured, optedOut])
      .when(record(fields, { emailOptOut: true }))
      .then([]);
  });

  test('stage, owner, details and merged documents are events of their own, the opt-out first', () => {
    given([captured])
      .when(
        record(
          { leadStage: 'Hot', ownerMemberKey: 'a2', firstName: 'María', legacyIds: ['contacts/1', 'contacts/9'] },
          { emailOptOut: true },
        ),
      )
      .then([
        optedOut,
        { type: 'LeadStageChanged', data: { leadStage: 'Hot', previousLeadStage: 'New' } },
        assigned('a2', null),
        { type: 'LeadDetailsCorrected', data: { changes: { firstName: 'María' } } },
        { type: 'LeadMerged', data: { legacyIds: ['contacts/9'] } },
      ]);
  });

  test('never opts anyone in again', () => {
    given([captured, optedOut])
      .when(record(fields, { emailOptOut: false }))
      .then([]);
  });

  test('cannot remove both e-mail address and phone number', () => {
    given([captured])
      .when(record({ email: null }))
      .thenRejected('contact-required', 'email');
    given([captured])
      .when(record({ email: null, mobilePhone: '+15615550134' }))
      .then([{ type: 'LeadDetailsCorrected', data: { changes: { email: null, mobilePhone: '+15615550134' } } }]);
  });
});

suite('an offer', () => {
  test('is made with its reasons, once', () => {
    given([captured]).when(offer).then([offered]);
    given([captured, offered]).when(offer).then([]);
  });

  test('is not made while another is open, nor when the lead has an agent', () => {
    given([captured, offered])
      .when({ ...offer, offerKey: 'o2', memberKeys: ['a2'] })
      .thenRejected('offer-open');
    given([captured, assigned('a9', null)])
      .when(offer)
      .thenRejected('lead-owned', 'ownerMemberKey');
  });

  test('is accepted by the agent it was made to; a double click is one acceptance', () => {
    const accept = { type: 'AcceptLead', memberKey: 'a1' } as const;
    given([captured, offered]).when(accept).then([accepted]);
    given([captured, offered, accepted]).when(accept).then([]);
    given([captured, offered, accepted])
      .when(accept)
      .thenState((state) => assert.deepEqual([state.fields.ownerMemberKey, state.openOffer], ['a1', null]));
  });

  test('cannot be answered by anyone else', () => {
    for (const type of ['AcceptLead', 'PassLead'] as const)
      given([captured, offered]).when({ type, memberKey: 'a2' }).thenRejected('offer-elsewhere');
  });

  test('cannot be answered when it is gone', () => {
    given([captured, offered, expired]).when({ type: 'AcceptLead', memberKey: 'a1' }).thenRejected('offer-missing');
    given([captured]).when({ type: 'PassLead', memberKey: 'a1' }).thenRejected('offer-missing');
  });

  test('that is passed on frees the lead and is remembered', () => {
    const pass = { type: 'PassLead', memberKey: 'a1' } as const;
    given([captured, offered]).when(pass).then([passed]);
    given([captured, offered, passed]).when(pass).then([]);
    given([captured, offered])
      .when(pass)
      .thenState((state) => assert.deepEqual([state.openOffer, state.triedMemberKeys], [null, ['a1']]));
  });

  test('runs out at its time and not before', () => {
    const expire = (now: string) => ({ type: 'ExpireOffer', offerKey: 'o1', now }) as const;
    given([captured, offered]).when(expire('2026-03-01T12:14:59Z')).thenRejected('offer-still-open', 'expiresAt');
    given([captured, offered]).when(expire('2026-03-01T12:15:00Z')).then([expired]);
    given([captured, offered, expired]).when(expire('2026-03-01T12:15:00Z')).then([]);
    given([captured, offered])
      .when({ ...expire('2026-03-01T12:15:00Z'), offerKey: 'o2' })
      .then([]);
    given([captured, offered, expired])
      .when(expire('2026-03-01T12:15:00Z'))
      .thenState((state) => assert.deepEqual(state.triedMemberKeys, ['a1']));
  });

  test('ends when the lead is assigned', () => {
    given([captured, offered, passed])
      .when({ type: 'AssignLead', ownerMemberKey: 'a2' })
      .thenState((state) => assert.deepEqual([state.openOffer, state.triedMemberKeys], [null, []]));
  });
});

suite('an assignment', () => {
  test('assigns the lead to an agent or to no one', () => {
    given([captured])
      .when({ type: 'AssignLead', ownerMemberKey: 'a1' })
      .then([assigned('a1', null)]);
    given([captured, assigned('a1', null)])
      .when({ type: 'AssignLead', ownerMemberKey: null })
      .then([assigned(null, 'a1')]);
    given([captured, assigned('a1', null)])
      .when({ type: 'AssignLead', ownerMemberKey: 'a1' })
      .then([]);
    given([captured]).when({ type: 'AssignLead', ownerMemberKey: null }).then([]);
  });

  const told = (status: 'offered' | 'accepted' | 'passed' | 'expired' | 'assigned') =>
    ({ type: 'RecordAssignment', recordKey: 'r1', memberKey: 'a1', status }) as const;
  const data = { offerKey: 'r1', memberKey: 'a1' };
  const becomes: Record<ReturnType<typeof told>['status'], LeadEvent> = {
    offered: { type: 'LeadOffered', data: { offerKey: 'r1', memberKeys: ['a1'], reasons: [] } },
    accepted: { type: 'LeadAccepted', data },
    passed: { type: 'LeadPassed', data },
    expired: { type: 'LeadOfferExpired', data: { offerKey: 'r1', memberKeys: ['a1'] } },
    assigned: {
      type: 'LeadAssigned',
      data: { ownerMemberKey: 'a1', previousOwnerMemberKey: null, recordKey: 'r1' },
    },
  };
  for (const [status, event] of Object.entries(becomes) as [keyof typeof becomes, LeadEvent][]) {
    test(`from another system (${status}) is recorded once`, () => {
      given([captured]).when(told(status)).then([event]);
      given([captured, event]).when(told(status)).then([]);
    });
  }
});

suite('an offer that could not reach its agent', () => {
  const withdraw = { type: 'WithdrawOffer', offerKey: 'o1', reason: 'Slack: user_not_found' } as const;

  test('is withdrawn with the reason, and the agent counts as tried', () => {
    given([captured, offered]).when(withdraw).then([withdrawn]);
    given([captured, offered])
      .when(withdraw)
      .thenState((state) => assert.deepEqual([state.openOffer, state.triedMemberKeys], [null, ['a1']]));
  });

  test('is withdrawn once, unless it has been answered', () => {
    given([captured, offered, withdrawn]).when(withdraw).then([]);
    given([captured, offered, accepted]).when(withdraw).then([]);
    given([captured]).when(withdraw).then([]);
  });
});

suite('inquiries and activities', () => {
  test('an inquiry is kept with its message, each time', () => {
    const inquiry = { listingKey: 'l1', leadSource: 'Zillow', message: 'Is it still there?' } as const;
    const inquired: LeadEvent = { type: 'LeadInquired', data: inquiry };
    given([captured])
      .when({ type: 'RecordInquiry', ...inquiry })
      .then([inquired]);
    given([captured, inquired])
      .when({ type: 'RecordInquiry', ...inquiry })
      .then([inquired]);
  });

  test('an activity is recorded once', () => {
    const call = { recordKey: 'activities/1', activityType: 'Call', body: 'Left a message' } as const;
    const logged: LeadEvent = { type: 'LeadActivityLogged', data: call };
    given([captured])
      .when({ type: 'RecordActivity', ...call })
      .then([logged]);
    given([captured, logged])
      .when({ type: 'RecordActivity', ...call })
      .then([]);
  });

  test('opting out and in', () => {
    given([captured]).when({ type: 'OptOut' }).then([optedOut]);
    given([captured, optedOut]).when({ type: 'OptOut' }).then([]);
    given([captured, optedOut])
      .when({ type: 'OptIn' })
      .then([{ type: 'LeadOptedIn', data: {} }]);
    given([captured]).when({ type: 'OptIn' }).then([]);
  });
});

suite('a correction', () => {
  test('records the correct values, and an assignment for a wrong owner', () => {
    given([captured])
      .when({ type: 'CorrectLead', changes: { lastName: 'Ortiz', ownerMemberKey: 'a1', firstName: 'Maria' } })
      .then([assigned('a1', null), { type: 'LeadDetailsCorrected', data: { changes: { lastName: 'Ortiz' } } }]);
  });

  test('changes nothing when the value is already correct', () => {
    given([captured])
      .when({ type: 'CorrectLead', changes: { lastName: 'Ortega', tags: [] } })
      .then([]);
  });

  test('cannot remove both e-mail address and phone number', () => {
    given([captured])
      .when({ type: 'CorrectLead', changes: { email: null } })
      .thenRejected('contact-required', 'email');
  });
});

suite('a lead that turns out to be two people', () => {
  const merged: LeadEvent = { type: 'LeadMerged', data: { legacyIds: ['contacts/2'], contactKeys: ['c2'] } };
  const split: LeadEvent = { type: 'LeadSplit', data: { legacyIds: ['contacts/2'], contactKeys: ['c2'] } };
  const ended: LeadEvent = { type: 'LeadMergedInto', data: { contactKey: 'c2' } };

  test('records once which documents left and where they went, and can be merged with them again', () => {
    const command = { type: 'SplitLead', legacyIds: ['contacts/2'], contactKeys: ['c2'] } as const;
    given([captured, merged]).when(command).then([split]);
    given([captured, merged, split]).when(command).then([]);
    given([captured, merged, split])
      .when(record({ ...fields, legacyIds: ['contacts/2'] }, { mergedContactKeys: ['c2'] }))
      .then([merged]);
  });

  test('continues as it was when it ended, and stays opted out', () => {
    const optedOut: LeadEvent = { type: 'LeadOptedOut', data: {} };
    const { contactKey: _, ...before } = captured.data;
    const parted = { contactKey: 'c2', fields: before, emailOptOut: true, triedMemberKeys: [] };
    given([captured, optedOut, ended])
      .when(record(fields, { splitFromContactKey: 'c2' }))
      .then([{ type: 'LeadSplitFrom', data: parted }]);
    given([captured, ended]).when(record(fields)).thenRejected('lead-merged');
  });
});

suite('a lead that turns out to be another one', () => {
  const ended: LeadEvent = { type: 'LeadMergedInto', data: { contactKey: 'c2' } };

  test('ends with an event that names the other, and accepts no more commands', () => {
    given([captured]).when({ type: 'MergeLeadInto', contactKey: 'c2' }).then([ended]);
    given([captured, ended]).when({ type: 'MergeLeadInto', contactKey: 'c2' }).then([]);
    given([captured, ended]).when({ type: 'MergeLeadInto', contactKey: 'c3' }).thenRejected('lead-merged');
    given([captured, ended]).when({ type: 'AssignLead', ownerMemberKey: 'a1' }).thenRejected('lead-merged');
    given([captured]).when({ type: 'MergeLeadInto', contactKey: 'c1' }).thenRejected('lead-same');
    given([]).when({ type: 'MergeLeadInto', contactKey: 'c2' }).thenRejected('lead-unknown');
  });

  test('is recorded on the other one, once', () => {
    const merged: LeadEvent = { type: 'LeadMerged', data: { legacyIds: [], contactKeys: ['c0'] } };
    const told = record(fields, { mergedContactKeys: ['c0'] });
    given([captured]).when(told).then([merged]);
    given([captured, merged]).when(told).then([]);
  });
});
