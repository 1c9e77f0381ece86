/**
 * The exit codes of the command line. Scripts and schedulers rely on them: never renumber.
 *
 * - `ok`: done, nothing left for anyone to do
 * - `failed`: it did not work; the message says why
 * - `usage`: the command line or the configuration is wrong; nothing was done
 * - `needsAttention`: done, but something needs a person (refused corrections, failed messages, parked events, ...)
 * - `unreachable`: a server it needs (PostgreSQL, event store, ...) could not be started or reached; try again later
 * - `hungUp`: stopped before it was done because its terminal was closed (128 + SIGHUP)
 * - `interrupted`: likewise, by Ctrl-C (128 + SIGINT)
 * - `terminated`: likewise, by SIGTERM (128 + SIGTERM)
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  needsAttention: 3,
  unreachable: 4,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error for the person at the terminal: shown without a stack trace, with what to do about it. */
export type UserError = Error & {
  readonly name: 'UserError';
  /** Stable, machine-readable, e.g. `port-in-use`. */
  readonly code: string;
  /** What to do about it, as a sentence. */
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
};

export type UserErrorDetails = { code: string; hint?: string; exitCode?: ExitCode; cause?: unknown };

/**
 * Makes an error whose message is shown to people unchanged.
 *
 * @example throw userError('port 4000 is in use', { code: 'port-in-use', hint: 'Choose another one with --port.' })
 */
export function userError(message: string, details: UserErrorDetails): UserError {
  const { code, hint, exitCode = exitCodes.failed, cause } = details;
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { name: 'UserError' as const, code, hint, exitCode });
}

export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError' && 'exitCode' in error;
}

/** The `code` of a Node or PostgreSQL error (`ENOENT`, `57P01`, ...), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The message of anything thrown, on one line; for an AggregateError (a refused connection), its first cause. */
export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0)
    return errorMessage(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
