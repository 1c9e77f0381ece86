import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { FastifyRequest } from 'fastify';
import type { CommandContext } from '../../commands/execute.ts';
import type { Clock } from '../../platform/clock.ts';

/**
 * The person who changes something in the console, and why, as events record them: whoever is logged in, or the login of the machine's
 * user where the console asks for none.
 */
export const personContext = (
  request: Pick<FastifyRequest, 'userName'>,
  clock: Clock,
  reason?: string,
): CommandContext => {
  const conversation = `console-${randomUUID()}`;
  return {
    actor: { kind: 'person', id: request.userName ?? userInfo().username },
    source: 'console',
    occurredAt: clock.now().toISOString(),
    correlationId: conversation,
    causationId: conversation,
    ...(reason ? { reason } : {}),
  };
};
