import { z } from 'zod';

/**
 * Who did it: a person (`id` is a member key or a login), an import, one of our jobs, or a person through Slack (`id` is
 * the Slack user id). No names here: metadata is shown in places where personal data must not be.
 */
export const actorSchema = z.object({
  kind: z.enum(['person', 'import', 'system', 'slack']),
  id: z.string().min(1),
});

/**
 * What every event carries beside its data. `$correlationId` and `$causationId` are EventStoreDB's own names.
 * `occurredAt` is when it happened in the world (the legacy document's own date for an import), in ISO 8601 UTC; when it
 * was recorded is the event's `created`. `occurredAtEstimated`: nobody knows when it happened; it was not later than that.
 * `sources`: the fields whose values come from another document than `source` names, each with that document (`collection/id`).
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
