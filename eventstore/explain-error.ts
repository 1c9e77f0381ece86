import { errorMessage, exitCodes, type UserError, userError } from '../platform/errors.ts';

/** The client's types of error that say that the server was not there, and gRPC's own codes beneath them. */
const unreachable = new Set(['unavailable', 'deadline-exceeded', 'timeout', 'cancelled', 'not-leader']);
const grpcUnreachable = new Set([1, 4, 14]);
/** How a connection that breaks in the middle of a call is told of, under no type or code of its own. */
const broken = /RST_STREAM|Connection dropped|ECONN(RESET|REFUSED)|Failed to connect|No connection established/;

/** What went wrong with the event store, for the person at the terminal; undefined when it is not for them to mend. */
export function explainEventStoreError(error: unknown): UserError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (type === 'access-denied')
    return userError('the event store refuses this user or password', {
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
  // gRPC's message goes on for lines; what the system said is in it.
  const why = /connect E[A-Z]+ \S+|getaddrinfo E[A-Z_]+ \S+/.exec(errorMessage(error))?.[0];
  return userError(`the event store cannot be reached${why === undefined ? '' : ` (${why.replace(/\.$/, '')})`}`, {
    code: 'event-store-unreachable',
    hint: 'What was done is kept: once it is back, run the same command again. `openhouse doctor` tells more.',
    exitCode: exitCodes.unreachable,
    cause: error,
  });
}
