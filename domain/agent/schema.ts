import { z } from 'zod';
import { schemaOf } from '../catalogue/schema.ts';
import { daysOfWeek } from '../days-of-week.ts';
import { dateSchema, timestampSchema, warningSchema } from '../values.ts';
import { agentFields, coverageFields } from './fields.ts';

const timeOfDay = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/);

/** When an agent works, by day of the week, in the agent's own time zone: `{ mon: ['09:00', '17:00'] }`. */
const hoursSchema = z.partialRecord(z.enum(daysOfWeek), z.tuple([timeOfDay, timeOfDay]));

export const coverageSchema = schemaOf(coverageFields, {});

export const agentFieldsSchema = schemaOf(agentFields, { hours: hoursSchema, warnings: z.array(warningSchema) });

export type AgentFields = z.infer<typeof agentFieldsSchema>;

/** A pause, both days included; without `to`, until further notice. `until`: it ends at that moment of its last day. */
export const pauseSchema = z.object({
  from: dateSchema,
  to: dateSchema.nullable(),
  until: timestampSchema.optional(),
});
export type Pause = z.infer<typeof pauseSchema>;
