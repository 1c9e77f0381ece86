import { z } from 'zod';

/**
 * Who did it: a person (`id` is a member key or a login), an import, one of our jobs, or a person through Slack (`id`
 * is the Slack user ID). No names: metadata is shown in places where personal data must not appear.
 */
const actorSchema = z.object({
  kind: z.enum(['person', 'import', 'system', 'slack']),
  id: z.string().min(1),
});

/** The most characters of a reason that a person gives: it is recorded with each record that it is about. */
export const longestReason = 2_000;

/**
 * The metadata of every event. `$correlationId` and `$causationId` are EventStoreDB's own names. `occurredAt` is when
 * it happened in the world (for an import, the legacy document's own date), in ISO 8601 UTC; the event's `created` is
 * when it was recorded. `occurredAtEstimated`: it is not known when it happened, but no later than that. `sources`: the
 * fields whose values come from another document than `source`, each with that document (`collection/id`).
 */
export const metadataSchema = z.object({
  version: z.number().int().positive(),
  actor: actorSchema,
  source: z.string().min(1),
  occurredAt: z.iso.datetime(),
  occurredAtEstimated: z.literal(true).optional(),
  sources: z.record(z.string(), z.string()).optional(),
  $correlationId: z.string().min(1),
  $causationId: z.string().min(1),
  reason: z.string().optional(),
});

export type Actor = z.infer<typeof actorSchema>;
export type EventMetadata = z.infer<typeof metadataSchema>;
