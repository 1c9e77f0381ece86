import type { AgentCommand, AgentFields, AgentState, Pause } from '../../domain/agent/index.ts';
import { sameValue } from '../../domain/changes.ts';
import type { AgentPayload } from '../legacy/agents.ts';
import type { Reference } from '../legacy/fields/reference.ts';
import type { PendingRecord } from './load-pending.ts';
import { inTimeOrder, legacyIdsOf, mergeFields, withWarning } from './merge.ts';
import { type Planner, type Planning, type RecordPlan, recordContext, sourceChanges } from './plan.ts';

type Applied = { readonly fields: Partial<AgentFields>; readonly pause: Pause | null };

const planAgent = (record: PendingRecord, { agents, asOf }: Planning): RecordPlan<AgentCommand, AgentState> => {
  const payloads = inTimeOrder(record.documents).map(({ payload }) => payload as AgentPayload);
  const merged = mergeFields(payloads);
  const shared = record.documents
    .flatMap(({ identities }) => identities as Reference[])
    .find((identity) => agents.keyOf(identity) !== record.recordKey);
  // Two agents are not made one: the leads that one of them was given here would be left behind. A person has to see to it.
  const told = shared === undefined ? merged : withWarning(merged, 'memberEmail', 'shared-with-another-agent', shared);
  const fields = { ...told, legacyIds: legacyIdsOf(record.documents) } as Partial<AgentFields>;
  const pause = payloads.findLast((payload) => payload.pause !== null)?.pause ?? null;
  const before = record.applied as Applied | undefined;
  const changes = sourceChanges<AgentFields>(before?.fields, fields);
  const { times, contextFor } = recordContext(record, record.documents, asOf);
  const paused = sameValue(before?.pause ?? null, pause) ? {} : { pause };
  return {
    commands: (state) => [
      {
        type: 'RecordAgent',
        memberKey: record.recordKey,
        fields:
          state.memberKey === null && times.updatedAt !== undefined
            ? { ...changes, modificationTimestamp: times.updatedAt }
            : changes,
        ...paused,
      },
    ],
    context: contextFor,
    applied: { fields, pause } satisfies Applied,
  };
};

export const agentPlanner: Planner<AgentCommand, AgentState> = { plan: planAgent };
