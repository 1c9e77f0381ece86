import { errorMessage, exitCodes, type UserError, userError } from '../platform/errors.ts';

/** The client's error types, and the underlying gRPC codes, for a server that cannot be reached. */
const unreachable = new Set(['unavailable', 'deadline-exceeded', 'timeout', 'cancelled', 'not-leader']);
const grpcUnreachable = new Set([1, 4, 14]);
/** How the client reports a connection that breaks during a call, without a type or code of its own. */
const broken = /RST_STREAM|Connection dropped|ECONN(RESET|REFUSED)|Failed to connect|No connection established/;

/** An event store error that the person at the terminal can fix, as a `UserError`; undefined for any other. */
export function explainEventStoreError(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (type === 'access-denied')
    return userError('the event store rejected this user or password', {
      code: 'event-store-login',
      hint: 'Check EVENTSTORE_URL.',
      exitCode: exitCodes.unreachable,
      cause: error,
    });
  const gone =
    unreachable.has(String(type)) ||
    (typeof code === 'number' && grpcUnreachable.has(code)) ||
    (type === 'unknown' && broken.test(errorMessage(error)));
  if (!gone) return undefined;
  // gRPC's message is many lines long; this is the system's part of it.
  const why = /connect E[A-Z]+ \S+|getaddrinfo E[A-Z_]+ \S+/.exec(errorMessage(error))?.[0];
  return userError(`the event store cannot be reached${why === undefined ? '' : ` (${why.replace(/\.$/, '')})`}`, {
    code: 'event-store-unreachable',
    hint: 'Completed work is kept: run the same command again once it is back. `openhouse doctor` shows more.',
    exitCode: exitCodes.unreachable,
    cause: error,
  });
}
