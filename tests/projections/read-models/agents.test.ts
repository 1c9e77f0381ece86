import { test } from 'node:test';
import type { AgentEvent } from '../../../domain/agent/index.ts';
import agents from '../../../projections/agents/projection.ts';
import { occurredAt, specification } from '../support/specification.ts';

const { given } = specification(agents, 'agent');

const joined = {
  type: 'AgentJoined',
  data: {
    memberKey: '1',
    memberFullName: 'Dana Whitfield',
    memberEmail: 'dana@example.com',
    memberStatus: 'Active',
    cities: ['Boca Raton'],
    listPriceMax: 900_000,
    legacyIds: ['users/1'],
  },
} satisfies AgentEvent;
const dana = { ...joined.data, joinedAt: occurredAt };
const paused: AgentEvent = { type: 'AgentPaused', data: { from: '2026-04-01', to: '2026-04-14' } };

test('an agent who joins has a row with everything known of them', async () => {
  await given([joined]).then('agents', [dana]);
});

test('each agent has a row of their own', async () => {
  const other = { memberKey: '2', memberFullName: 'Luis Ortega', memberEmail: 'luis@example.com' };
  await given([joined, { type: 'AgentJoined', key: '2', occurredAt: '2026-03-29T08:00:00.000Z', data: other }]).then(
    'agents',
    [dana, { ...other, joinedAt: '2026-03-29T08:00:00.000Z' }],
  );
});

test('a change of coverage leaves the rest of the row alone', async () => {
  const changes = { cities: ['Delray Beach', 'Boca Raton'], listPriceMax: null, maxLeads: 0 };
  await given([joined, { type: 'AgentCoverageChanged', data: { changes } }]).then('agents', [{ ...dana, ...changes }]);
});

test('a pause sets its first and last day', async () => {
  await given([joined, paused]).then('agents', [{ ...dana, pausedFrom: '2026-04-01', pausedTo: '2026-04-14' }]);
});

test('a pause until further notice takes the place of one with an end', async () => {
  await given([joined, paused, { type: 'AgentPaused', data: { from: '2026-04-07', to: null } }]).then('agents', [
    { ...dana, pausedFrom: '2026-04-07' },
  ]);
});

test('an agent who resumes has no pause', async () => {
  await given([joined, paused, { type: 'AgentResumed', data: {} }]).then('agents', [dana]);
});

test('other working hours replace the earlier ones', async () => {
  const changes = { hours: { mon: ['09:00', '17:00'] as [string, string] }, timeZone: 'America/Chicago' };
  await given([joined, { type: 'AgentHoursChanged', data: { changes } }]).then('agents', [{ ...dana, ...changes }]);
});

test('an agent who leaves keeps the row, with the new status', async () => {
  await given([
    joined,
    { type: 'MemberStatusChanged', data: { memberStatus: 'Inactive', previousMemberStatus: 'Active' } },
  ]).then('agents', [{ ...dana, memberStatus: 'Inactive' }]);
});

test('a correction sets some fields and empties others', async () => {
  const changes = {
    memberFullName: 'Dana Whitfield-Ruiz',
    memberEmail: null,
    hours: { mon: ['09:00', '17:00'] as [string, string] },
  };
  await given([joined, { type: 'AgentDetailsCorrected', data: { changes } }]).then('agents', [
    { ...dana, ...changes, formerEmails: [dana.memberEmail], formerNames: [dana.memberFullName] },
  ]);
});

test('an office that is set by hand is in the row, and gone once it is taken away', async () => {
  const office = (officeKey: string | null): AgentEvent => ({
    type: 'AgentDetailsCorrected',
    data: { changes: { officeKey } },
  });
  await given([joined, office('boca')]).then('agents', [{ ...dana, officeKey: 'boca' }]);
  await given([joined, office('boca'), office(null)]).then('agents', [dana]);
});

test('a merge adds the legacy ids that are new', async () => {
  await given([joined, { type: 'AgentMerged', data: { legacyIds: ['users/1', 'users/7'] } }]).then('agents', [
    { ...dana, legacyIds: ['users/1', 'users/7'] },
  ]);
});

test('an event of an agent who never joined is parked', async () => {
  await given([paused]).thenParked('AgentPaused of a record that has no AgentJoined');
});
