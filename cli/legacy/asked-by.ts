import { randomUUID } from 'node:crypto';
import type { CommandContext } from '../../commands/execute.ts';

/** Who decided something about the old CRM, and why. */
export const askedBy = (person: string, because: string): CommandContext => {
  const conversation = `cli-${randomUUID()}`;
  return {
    actor: { kind: 'person', id: person },
    source: 'cli',
    occurredAt: new Date().toISOString(),
    correlationId: conversation,
    causationId: conversation,
    reason: because,
  };
};
