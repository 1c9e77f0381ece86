import { z } from 'zod';
import { defineEvent, type EventOf } from '../event-definition.ts';
import { textSchema } from '../values.ts';
import { policySchema } from './schema.ts';

/** Leads are offered by this policy from now on. Versions count from 1; the event's actor published it. */
const routingPolicyPublished = defineEvent(
  'RoutingPolicyPublished',
  z.object({ policyVersion: z.int().min(1), policy: policySchema, note: textSchema.optional() }),
);

export const routingPolicyEvents = [routingPolicyPublished] as const;

export type RoutingPolicyEvent = EventOf<typeof routingPolicyEvents>;
