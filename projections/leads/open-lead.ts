import { type RawBuilder, sql } from 'kysely';
import { closedStages } from '../../domain/lead/index.ts';

/** SQL on a row of `read.leads`: it is neither closed nor in the trash (`closedStages` of domain/lead/life.ts). */
export const isOpenLeadRow: RawBuilder<boolean> = sql<boolean>`(
  coalesce(lead_stage, 'New') not in (${sql.join(closedStages.map((stage) => sql.lit(stage)))})
)`;
