import { prepareAgent } from '../../../matching/agent-fit.ts';
import type { AgentAtWork } from '../../../queries/agents/agents-at-work.ts';

/** Whether an agent gets offers now; with the class of its label. */
export type Presence = {
  readonly kind: 'working' | 'off-hours' | 'away' | 'staff' | 'left';
  readonly label: string;
  readonly state: string;
};

/** By the rules of matching, so that a page never says otherwise. @param timeZone for agents without their own */
export const presenceOf = (
  { memberKey, memberStatus, roles, hours, timeZone: own, pausedFrom, pausedTo, pausedUntil, openLeads }: AgentAtWork,
  now: Date,
  timeZone: string,
): Presence => {
  const { unavailable, atWork } = prepareAgent(
    {
      memberKey,
      memberStatus: memberStatus as 'Active' | 'Inactive' | null,
      roles: roles === null ? null : [...roles],
      hours: hours as NonNullable<Parameters<typeof prepareAgent>[0]['hours']> | null,
      timeZone: own,
      pausedFrom,
      pausedTo,
      pausedUntil: pausedUntil?.toISOString() ?? null,
      openLeads,
    },
    now,
    timeZone,
  );
  if (unavailable === 'status') return { kind: 'left', label: 'left', state: '' };
  if (unavailable === 'role') return { kind: 'staff', label: 'staff', state: '' };
  if (unavailable === 'pause') return { kind: 'away', label: 'paused', state: 'market' };
  return atWork === false
    ? { kind: 'off-hours', label: 'not at work now', state: '' }
    : { kind: 'working', label: atWork === null ? 'active' : 'at work', state: 'sent' };
};
