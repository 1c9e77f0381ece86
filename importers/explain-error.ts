import { explainEventStoreError } from '../eventstore/explain-error.ts';
import { explainDatabaseError } from '../platform/database/database.ts';
import { isUserError, userError } from '../platform/errors.ts';
import { LeaseLost } from '../platform/lease/lease.ts';

/** An error that ended an import, worded for the person at the terminal; returns any other error unchanged. */
export const explainImportError = (error: unknown): unknown => {
  if (isUserError(error)) return error;
  if (!(error instanceof LeaseLost)) return explainEventStoreError(error) ?? explainDatabaseError(error) ?? error;
  return (
    explainDatabaseError(error.cause) ??
    userError('this import did not respond for too long, and another one has taken over', {
      code: 'import-taken-over',
      hint: 'Everything done so far is kept, and the other import continues from there.',
      cause: error,
    })
  );
};
