import type { Known } from '../changes.ts';
import type { LeadFields } from './schema.ts';

/**
 * Whether a lead is new: no one has worked on it yet. Only new leads are offered to agents. A lead without a stage is
 * new, unless its stage could not be understood: then a person has to correct it first (`leadStage=New` makes it new).
 * The same in SQL: `isNewLeadRow` in projections/leads/new-lead.ts.
 */
export const isNewLead = ({ leadStage, warnings }: Known<Pick<LeadFields, 'leadStage' | 'warnings'>>): boolean =>
  leadStage ? leadStage === 'New' : !(warnings ?? []).some(({ field }) => field === 'leadStage');
