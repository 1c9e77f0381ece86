import { randomUUID } from 'node:crypto';
import type { CommandContext, CommandResult } from '../commands/execute.ts';
import { userError } from '../platform/errors.ts';
import { usage } from './arguments.ts';
import { personAt } from './person.ts';

/** The options of every command that a person changes something with. */
export type PersonOptions = { readonly because?: string; readonly as?: string };

/** The person and the reason, as events record them. @throws UserError if a reason is needed and none is given, or `--as` is empty */
export function asPerson({ because, as }: PersonOptions, options: { needsReason?: boolean } = {}): CommandContext {
  if (options.needsReason && !because?.trim()) {
    throw usage('give the reason with --because "…"; it is recorded in the history');
  }
  const conversation = `cli-${randomUUID()}`;
  return {
    actor: { kind: 'person', id: personAt(as) },
    source: 'cli',
    occurredAt: new Date().toISOString(),
    correlationId: conversation,
    causationId: conversation,
    ...(because?.trim() ? { reason: because.trim() } : {}),
  };
}

/** @throws UserError with the reason if a command was rejected */
export function accepted<State>(
  result: CommandResult<State>,
  what: string,
): Extract<CommandResult<State>, { ok: true }> {
  if (result.ok) return result;
  const { code, message, field } = result.rejection;
  throw userError(`${what}: ${message}${field === undefined ? '' : ` (${field})`}`, {
    code,
    hint: 'Nothing was recorded.',
  });
}
