import type { Known } from '../changes.ts';
import type { LeadFields } from './schema.ts';

/**
 * Whether a lead is new: no one has worked on it yet. Only new leads are offered to agents. A lead without a stage is new, but not one
 * whose stage was not understood: a person has to correct it first (`leadStage=New` has it offered). The same
 * in SQL: `isNewLeadRow` in projections/leads/new-lead.ts.
 */
export const isNewLead = ({ leadStage, warnings }: Known<Pick<LeadFields, 'leadStage' | 'warnings'>>): boolean =>
  leadStage ? leadStage === 'New' : !(warnings ?? []).some(({ field }) => field === 'leadStage');
