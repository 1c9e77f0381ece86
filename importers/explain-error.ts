import { explainDatabaseError } from '../platform/database.ts';
import { errorMessage, exitCodes, isUserError, userError } from '../platform/errors.ts';

/** What the event store's client calls an event store that is not there, or not any more. */
const gone = new Set(['unavailable', 'deadline-exceeded', 'timeout', 'cancelled', 'not-leader', 'unknown-error']);

/** What ended an import, for the person at the terminal; anything that is not for them comes back as it is. */
export const explainImportError = (error: unknown): unknown => {
  if (isUserError(error)) return error;
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  if (
    gone.has(type) ||
    /UNAVAILABLE|ECONNREFUSED.*:2113|Failed to connect|No connection established/.test(errorMessage(error))
  ) {
    return userError(`the event store cannot be reached (${errorMessage(error)})`, {
      code: 'event-store-unreachable',
      hint: 'What was done is kept: once it is back, run the same import again. `openhouse doctor` tells more.',
      exitCode: exitCodes.unreachable,
      cause: error,
    });
  }
  return explainDatabaseError(error) ?? error;
};
