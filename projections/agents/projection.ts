import { agentFields } from '../../domain/agent/fields.ts';
import type { AgentEvent } from '../../domain/agent/index.ts';
import { columnsOf } from '../columns.ts';
import { recordProjection, union, withFormer } from '../record-projection.ts';

/** `read.agents`: the present state of every agent. */
export default recordProjection<AgentEvent>()({
  name: 'agents',
  version: 1,
  category: 'agent',
  key: 'memberKey',
  created: 'AgentJoined',
  columns: {
    ...columnsOf(agentFields),
    formerEmails: 'text[]',
    formerNames: 'text[]',
    pausedFrom: 'date',
    pausedTo: 'date',
    pausedUntil: 'timestamptz',
    joinedAt: 'timestamptz',
  },
  indexes: [{ columns: ['memberEmail'] }, { columns: ['legacyIds'], using: 'gin' }],
  handlers: {
    AgentJoined: (data, _row, { metadata }) => ({ ...data, joinedAt: metadata.occurredAt }),
    AgentCoverageChanged: ({ changes }) => changes,
    AgentPaused: ({ from, to, until }) => ({ pausedFrom: from, pausedTo: to, pausedUntil: until ?? null }),
    AgentResumed: () => ({ pausedFrom: null, pausedTo: null, pausedUntil: null }),
    AgentHoursChanged: ({ changes }) => changes,
    MemberStatusChanged: ({ memberStatus }) => ({ memberStatus }),
    AgentDetailsCorrected: ({ changes }, row) => ({
      ...changes,
      formerEmails: withFormer(row, 'formerEmails', (row) => row.memberEmail, changes.memberEmail),
      formerNames: withFormer(row, 'formerNames', (row) => row.memberFullName, changes.memberFullName),
    }),
    AgentMerged: ({ legacyIds }, row) => ({ legacyIds: union(row.legacyIds, legacyIds) }),
  },
});
