import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { changesSchema } from '../known-schema.ts';
import { keySchema, legacyIdsSchema } from '../values.ts';
import { agentFieldsSchema, coverageSchema, pauseSchema } from './schema.ts';

const { memberStatus } = agentFieldsSchema.shape;

/** An agent joined the brokerage; has everything that was known then. */
const agentJoined = defineEvent('AgentJoined', agentFieldsSchema.partial().extend({ memberKey: keySchema }));

/** The agent takes on different leads than before: other areas, prices or languages, or another number. */
const agentCoverageChanged = defineEvent('AgentCoverageChanged', z.object({ changes: changesSchema(coverageSchema) }));

/** The agent is away and gets no offers until the pause ends. */
const agentPaused = defineEvent('AgentPaused', pauseSchema, [(data) => data]);

const agentResumed = defineEvent('AgentResumed', z.object({}));

/** The agent's working hours or time zone changed; `null` for empty. */
const agentHoursChanged = defineEvent(
  'AgentHoursChanged',
  z.object({ changes: changesSchema(agentFieldsSchema.pick({ hours: true, timeZone: true })) }),
);

/** The agent left the brokerage or came back. */
const memberStatusChanged = defineEvent(
  'MemberStatusChanged',
  z.object({ memberStatus, previousMemberStatus: memberStatus.nullable() }),
);

/** Something on record was wrong or incomplete; `null` for empty. */
const agentDetailsCorrected = defineEvent(
  'AgentDetailsCorrected',
  z.object({ changes: changesSchema(agentFieldsSchema.omit({ legacyIds: true })) }),
);

/** Other legacy documents turned out to be about the same person. */
const agentMerged = defineEvent('AgentMerged', z.object({ legacyIds: legacyIdsSchema }));

export const agentEvents = [
  agentJoined,
  agentCoverageChanged,
  agentPaused,
  agentResumed,
  agentHoursChanged,
  memberStatusChanged,
  agentDetailsCorrected,
  agentMerged,
] as const;

export type AgentEvent = EventOf<typeof agentEvents>;
