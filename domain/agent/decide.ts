import { changedFields, hasFields, type Known, knownFields, omit, pick, sameValue } from '../changes.ts';
import { accept, type Decision, reject } from '../decider.ts';
import type { AgentEvent } from './events.ts';
import { coverageFields } from './fields.ts';
import type { AgentFields, Pause } from './schema.ts';
import type { AgentState } from './state.ts';

/**
 * The commands of an agent.
 * - `RecordAgent`: a source reports the agent's present state; missing fields stay unchanged, `pause: null` ends a
 *   pause.
 * - `CorrectAgent`: something on record is wrong.
 * - `PauseAgent`, `ResumeAgent`: no offers while the agent is away.
 * - `SetCapacity`: how many leads the agent takes on at once; `null` for any number.
 * - `SetWorkingHours`: when the agent works; `null` for at any time. A missing field stays unchanged.
 */
export type AgentCommand =
  | {
      readonly type: 'RecordAgent';
      readonly memberKey: string;
      readonly fields: Known<AgentFields>;
      readonly pause?: Pause | null;
    }
  | { readonly type: 'CorrectAgent'; readonly changes: Known<Omit<AgentFields, 'legacyIds'>> }
  | { readonly type: 'PauseAgent'; readonly pause: Pause }
  | { readonly type: 'ResumeAgent' }
  | { readonly type: 'SetCapacity'; readonly maxLeads: number | null }
  | { readonly type: 'SetWorkingHours'; readonly changes: Known<Pick<AgentFields, 'hours' | 'timeZone'>> };

const coverageNames = Object.keys(coverageFields) as (keyof typeof coverageFields)[];

export const decide = (command: AgentCommand, state: AgentState): Decision<AgentEvent> => {
  if (command.type === 'RecordAgent') return recordAgent(command, state);
  if (state.memberKey === null) return reject('agent-unknown', 'There is no such agent');
  switch (command.type) {
    case 'CorrectAgent':
      return correct(command.changes, state);
    case 'PauseAgent':
      return pause(command.pause, state);
    case 'ResumeAgent':
      return pause(null, state);
    case 'SetCapacity': {
      const changes = changedFields<AgentFields>(state.fields, { maxLeads: command.maxLeads });
      return hasFields(changes) ? accept({ type: 'AgentCoverageChanged', data: { changes } }) : accept();
    }
    case 'SetWorkingHours': {
      const changes = changedFields<AgentFields>(state.fields, command.changes, sameValue);
      return hasFields(changes) ? accept({ type: 'AgentHoursChanged', data: { changes } }) : accept();
    }
    default:
      return command satisfies never;
  }
};

const pause = (wanted: Pause | null, state: AgentState): Decision<AgentEvent> => {
  if (sameValue(wanted, state.pause)) return accept();
  if (wanted === null) return accept({ type: 'AgentResumed', data: {} });
  if (wanted.to !== null && wanted.to < wanted.from) {
    return reject('pause-backwards', 'A pause cannot end before it starts', 'pause.to');
  }
  return accept({ type: 'AgentPaused', data: wanted });
};

const recordAgent = (
  command: Extract<AgentCommand, { type: 'RecordAgent' }>,
  state: AgentState,
): Decision<AgentEvent> => {
  const paused = command.pause === undefined ? accept<AgentEvent>() : pause(command.pause, state);
  if ('rejected' in paused) return paused;
  if (state.memberKey === null) {
    if (!command.fields.memberFullName) return reject('name-missing', 'An agent needs a name', 'memberFullName');
    if (!command.fields.memberEmail) return reject('email-missing', 'An agent needs an e-mail address', 'memberEmail');
    const data = { memberKey: command.memberKey, ...knownFields(command.fields) };
    return accept<AgentEvent>({ type: 'AgentJoined', data }, ...paused.accepted);
  }
  const changes = changedFields<AgentFields>(state.fields, command.fields);
  const refused = lost(changes);
  if (refused) return refused;
  const { memberStatus, legacyIds, ...others } = changes;
  const events: AgentEvent[] = [];
  const coverage = pick(others, coverageNames);
  if (hasFields(coverage)) events.push({ type: 'AgentCoverageChanged', data: { changes: coverage } });
  if (memberStatus) {
    const previousMemberStatus = state.fields.memberStatus ?? null;
    events.push({ type: 'MemberStatusChanged', data: { memberStatus, previousMemberStatus } });
  }
  const details = omit(others, coverageNames);
  if (hasFields(details)) events.push({ type: 'AgentDetailsCorrected', data: { changes: details } });
  const joined = (legacyIds ?? []).filter((id) => !state.fields.legacyIds?.includes(id));
  if (joined.length > 0) events.push({ type: 'AgentMerged', data: { legacyIds: joined } });
  return accept(...events, ...paused.accepted);
};

/** Rejects changes that would leave the agent without a name or an e-mail address. */
const lost = (changes: Known<AgentFields>) => {
  const name = (['memberFullName', 'memberEmail'] as const).find((field) => changes[field] === null);
  return name && reject('field-required', 'An agent must keep a name and an e-mail address', name);
};

const correct = (wanted: Known<Omit<AgentFields, 'legacyIds'>>, state: AgentState): Decision<AgentEvent> => {
  const changes = changedFields<Omit<AgentFields, 'legacyIds'>>(state.fields, wanted, sameValue);
  return (
    lost(changes) ?? (hasFields(changes) ? accept({ type: 'AgentDetailsCorrected', data: { changes } }) : accept())
  );
};
