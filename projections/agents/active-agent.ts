import { type RawBuilder, sql } from 'kysely';

/** SQL on a row of `read.agents`: `isActive` of domain/agent/may-be-offered.ts. */
export const isActiveAgentRow: RawBuilder<boolean> = sql<boolean>`(member_status is distinct from 'Inactive')`;
