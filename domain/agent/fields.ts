import { z } from 'zod';
import { personal } from '../personal.ts';
import { memberStatusSchema } from '../reso.ts';
import {
  dateSchema,
  emailSchema,
  keySchema,
  legacyIdsSchema,
  moneySchema,
  nameSchema,
  phoneSchema,
  timestampSchema,
  warningSchema,
} from '../values.ts';

const timeOfDay = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/);

/** When an agent works, by day of the week, in the agent's own time zone: `{ mon: ['09:00', '17:00'] }`. */
export const hoursSchema = z.partialRecord(
  z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']),
  z.tuple([timeOfDay, timeOfDay]),
);

/** What an agent takes on: where, at which prices (US dollars), which kinds of home, in which languages, how many. */
export const coverageShape = {
  cities: z.array(nameSchema),
  postalCodes: z.array(z.string()),
  listPriceMin: moneySchema,
  listPriceMax: moneySchema,
  specialties: z.array(nameSchema),
  memberLanguages: z.array(nameSchema),
  maxLeads: z.number().int().min(0).max(100_000),
};

/** Everything that can be known of an agent or a member of staff (RESO Member; roles, coverage, hours are ours). */
export const agentFieldsSchema = z.object({
  memberFullName: personal(nameSchema),
  memberEmail: emailSchema,
  memberMobilePhone: phoneSchema,
  memberStatus: memberStatusSchema,
  memberStateLicense: nameSchema,
  officeKey: keySchema,
  timeZone: nameSchema,
  roles: z.array(nameSchema),
  slackUserId: z.string().regex(/^[UW][A-Z0-9]{5,}$/),
  hours: hoursSchema,
  modificationTimestamp: timestampSchema,
  legacyIds: legacyIdsSchema,
  warnings: z.array(warningSchema),
  ...coverageShape,
});

export type AgentFields = z.infer<typeof agentFieldsSchema>;

/** A time away, both days included; without `to` until further notice. */
export const pauseSchema = z.object({ from: dateSchema, to: dateSchema.nullable() });
export type Pause = z.infer<typeof pauseSchema>;
