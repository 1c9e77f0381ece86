import { randomUUID } from 'node:crypto';
import type { CommandContext } from '../../commands/execute.ts';
import { longestReason } from '../../domain/metadata.ts';
import { usage } from '../arguments.ts';
import { number } from '../output/words.ts';

/** Who decided something about the old CRM, and why. @throws UserError if the reason is too long */
export const askedBy = (person: string, because: string): CommandContext => {
  if (because.length > longestReason)
    throw usage(`the reason is too long: give at most ${number(longestReason)} characters with --because`);
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
