import type { AgentCommand, AgentFields, AgentState, Pause } from '../../../domain/agent/index.ts';
import { sameValue } from '../../../domain/changes.ts';
import type { AgentPayload } from '../../legacy/agents.ts';
import type { Reference } from '../../legacy/fields/ids/reference.ts';
import { type Applied, appliedBefore, datesOf, sourceChanges } from './applied.ts';
import { contextsOf } from './event-context.ts';
import { inOrderOf, inTimeOrder, legacyIdsOf, mergeFields, withWarning } from './merge.ts';
import { agentRules } from './merge-rules.ts';
import type { Planner } from './planner.ts';
import { asModified } from './record-documents.ts';

type AppliedAgent = Applied<AgentFields, { readonly pause: Pause | null }>;

export const agentPlanner: Planner<AgentCommand, AgentState> = {
  plan: (record, planning) => {
    const { agents } = planning;
    const documents = inTimeOrder(record.documents);
    const said = documents.map((document) => ({ document, ...(document.payload as AgentPayload) }));
    const { fields: merged, sources } = mergeFields(said, agentRules);
    const shared = record.documents
      .flatMap(({ identities }) => identities as Reference[])
      .find((identity) => agents.keyOf(identity) !== record.recordKey);
    // Two agents are not merged: the leads that one of them was given here would be orphaned. A person has to decide.
    const told =
      shared === undefined ? merged : withWarning(merged, 'memberEmail', 'shared-with-another-agent', shared);
    const fields = { ...told, legacyIds: legacyIdsOf(record.documents) } as Partial<AgentFields>;
    const pause = inOrderOf(said, 'pause').findLast((one) => one.pause !== null)?.pause ?? null;
    const before = appliedBefore<AppliedAgent>(record);
    const changes = sourceChanges<AgentFields>(before?.fields, fields);
    const paused = sameValue(before?.pause ?? null, pause) ? {} : { pause };
    return {
      commands: (state) => [
        {
          type: 'RecordAgent',
          memberKey: record.recordKey,
          fields: state.memberKey === null ? asModified(changes, documents) : changes,
          ...paused,
        },
      ],
      context: contextsOf(record, documents, sources, planning),
      applied: { fields, pause, dates: datesOf(documents) } satisfies AppliedAgent,
    };
  },
};
