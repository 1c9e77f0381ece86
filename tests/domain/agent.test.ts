import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AgentEvent, agent } from '../../domain/agent/index.ts';
import { specification } from './support/specification.ts';

const { given } = specification(agent);

const fields = {
  memberFullName: 'Dana Whitfield',
  memberEmail: 'dana@example.com',
  memberStatus: 'Active',
  cities: ['Boca Raton'],
  legacyIds: ['users/1'],
} as const;
const joined: AgentEvent = {
  type: 'AgentJoined',
  data: { memberKey: 'a1', ...fields, cities: [...fields.cities], legacyIds: [...fields.legacyIds] },
};
const pause = { from: '2026-04-01', to: '2026-04-14' };
const paused: AgentEvent = { type: 'AgentPaused', data: pause };
const record = (wanted: object, more: object = {}) =>
  ({ type: 'RecordAgent', memberKey: 'a1', fields: wanted, ...more }) as const;

suite('an unknown agent', () => {
  test('joins with all that is known, paused if away', () => {
    given([])
      .when(record({ ...fields, timeZone: null }, { pause }))
      .then([joined, paused]);
    given([])
      .when(record(fields, { pause: null }))
      .then([joined]);
  });

  test('needs a name and an e-mail address', () => {
    given([])
      .when(record({ ...fields, memberFullName: null }))
      .thenRejected('name-missing', 'memberFullName');
    given([])
      .when(record({ ...fields, memberEmail: undefined }))
      .thenRejected('email-missing', 'memberEmail');
  });

  test('can be neither corrected nor paused', () => {
    given([])
      .when({ type: 'CorrectAgent', changes: { timeZone: 'America/New_York' } })
      .thenRejected('agent-unknown');
    given([]).when({ type: 'PauseAgent', pause }).thenRejected('agent-unknown');
    given([]).when({ type: 'ResumeAgent' }).thenRejected('agent-unknown');
  });
});

suite('a source that reports an agent again', () => {
  test('changes nothing when nothing is different', () => {
    given([joined]).when(record(fields)).then([]);
    given([joined, paused]).when(record({})).then([]);
  });

  test('coverage, status, details and merged documents are events of their own', () => {
    given([joined])
      .when(
        record(
          {
            cities: ['Boca Raton', 'Delray Beach'],
            maxLeads: 5,
            memberStatus: 'Inactive',
            timeZone: 'America/New_York',
            legacyIds: ['users/2'],
          },
          { pause },
        ),
      )
      .then([
        { type: 'AgentCoverageChanged', data: { changes: { cities: ['Boca Raton', 'Delray Beach'], maxLeads: 5 } } },
        { type: 'MemberStatusChanged', data: { memberStatus: 'Inactive', previousMemberStatus: 'Active' } },
        { type: 'AgentDetailsCorrected', data: { changes: { timeZone: 'America/New_York' } } },
        { type: 'AgentMerged', data: { legacyIds: ['users/2'] } },
        paused,
      ]);
  });

  test('cannot take away name or e-mail address', () => {
    given([joined])
      .when(record({ memberEmail: null }))
      .thenRejected('field-required', 'memberEmail');
    given([joined])
      .when(record({ memberFullName: null }))
      .thenRejected('field-required', 'memberFullName');
  });
});

suite('a pause', () => {
  test('begins, changes and ends', () => {
    given([joined]).when({ type: 'PauseAgent', pause }).then([paused]);
    given([joined, paused]).when({ type: 'PauseAgent', pause }).then([]);
    given([joined, paused])
      .when({ type: 'PauseAgent', pause: { from: '2026-04-01', to: null } })
      .then([{ type: 'AgentPaused', data: { from: '2026-04-01', to: null } }]);
    given([joined, paused])
      .when({ type: 'ResumeAgent' })
      .then([{ type: 'AgentResumed', data: {} }]);
    given([joined]).when({ type: 'ResumeAgent' }).then([]);
    given([joined, paused])
      .when(record({}, { pause: null }))
      .then([{ type: 'AgentResumed', data: {} }]);
  });

  test('may last one day, but not end before it starts', () => {
    given([joined])
      .when({ type: 'PauseAgent', pause: { from: '2026-04-01', to: '2026-04-01' } })
      .thenState((state) => assert.equal(state.pause?.to, '2026-04-01'));
    const backwards = { from: '2026-04-02', to: '2026-04-01' };
    given([joined]).when({ type: 'PauseAgent', pause: backwards }).thenRejected('pause-backwards', 'pause.to');
    given([joined])
      .when(record({}, { pause: backwards }))
      .thenRejected('pause-backwards', 'pause.to');
    given([])
      .when(record(fields, { pause: backwards }))
      .thenRejected('pause-backwards', 'pause.to');
  });
});

suite('a correction', () => {
  test('records the correct values', () => {
    given([joined])
      .when({ type: 'CorrectAgent', changes: { memberFullName: 'Dana Whitfield-Cruz', cities: null } })
      .then([
        { type: 'AgentDetailsCorrected', data: { changes: { memberFullName: 'Dana Whitfield-Cruz', cities: null } } },
      ]);
  });

  test('of a value that is already right changes nothing', () => {
    given([joined])
      .when({ type: 'CorrectAgent', changes: { memberFullName: 'Dana Whitfield' } })
      .then([]);
  });

  test('cannot take away name or e-mail address', () => {
    for (const name of ['memberFullName', 'memberEmail'] as const) {
      given([joined])
        .when({ type: 'CorrectAgent', changes: { [name]: null } })
        .thenRejected('field-required', name);
    }
  });
});

suite('by hand', () => {
  test('a pause of some hours ends at its moment', () => {
    const short = { from: '2026-04-01', to: '2026-04-01', until: '2026-04-01T18:30:00Z' };
    given([joined])
      .when({ type: 'PauseAgent', pause: short })
      .then([{ type: 'AgentPaused', data: short }]);
    given([joined, { type: 'AgentPaused', data: short }])
      .when({ type: 'PauseAgent', pause: short })
      .then([]);
  });

  test('the capacity is set, or taken away', () => {
    const changed = (maxLeads: number | null): AgentEvent => ({
      type: 'AgentCoverageChanged',
      data: { changes: { maxLeads } },
    });
    given([joined])
      .when({ type: 'SetCapacity', maxLeads: 20 })
      .then([changed(20)]);
    given([joined, changed(20)])
      .when({ type: 'SetCapacity', maxLeads: 20 })
      .then([]);
    given([joined, changed(20)])
      .when({ type: 'SetCapacity', maxLeads: null })
      .then([changed(null)]);
    given([]).when({ type: 'SetCapacity', maxLeads: 20 }).thenRejected('agent-unknown');
  });

  test('the office is set, or taken away', () => {
    const changed = (officeKey: string | null): AgentEvent => ({
      type: 'AgentDetailsCorrected',
      data: { changes: { officeKey } },
    });
    given([joined])
      .when({ type: 'CorrectAgent', changes: { officeKey: 'boca' } })
      .then([changed('boca')]);
    given([joined, changed('boca')])
      .when({ type: 'CorrectAgent', changes: { officeKey: null } })
      .then([changed(null)]);
    given([])
      .when({ type: 'CorrectAgent', changes: { officeKey: 'boca' } })
      .thenRejected('agent-unknown');
  });

  test('working hours and time zone are set, each by itself', () => {
    const hours = { mon: ['09:00', '17:00'] } as { mon: [string, string] };
    given([joined])
      .when({ type: 'SetWorkingHours', changes: { hours } })
      .then([{ type: 'AgentHoursChanged', data: { changes: { hours } } }]);
    given([joined, { type: 'AgentHoursChanged', data: { changes: { hours } } }])
      .when({ type: 'SetWorkingHours', changes: { hours, timeZone: 'America/Chicago' } })
      .then([{ type: 'AgentHoursChanged', data: { changes: { timeZone: 'America/Chicago' } } }]);
  });
});
