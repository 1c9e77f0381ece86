import { type RawBuilder, sql } from 'kysely';

/** SQL on a row of `read.leads`: whether its stage was not understood. */
export const hasUnclearStage: RawBuilder<boolean> = sql<boolean>`(
  lead_stage is null and coalesce(warnings, '[]'::jsonb) @> '[{"field": "leadStage"}]'
)`;

/** SQL on a row of `read.leads`: `isNewLead` of domain/lead/new-lead.ts. */
export const isNewLeadRow: RawBuilder<boolean> = sql<boolean>`(
  coalesce(lead_stage, 'New') = 'New' and not ${hasUnclearStage}
)`;
