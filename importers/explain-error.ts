import { explainEventStoreError } from '../eventstore/explain-error.ts';
import { explainDatabaseError } from '../platform/database/database.ts';
import { isUserError, userError } from '../platform/errors.ts';
import { LeaseLost } from '../platform/lease/lease.ts';

/** What ended an import, for the person at the terminal; anything that is not for them comes back as it is. */
export const explainImportError = (error: unknown): unknown => {
  if (isUserError(error)) return error;
  if (!(error instanceof LeaseLost)) return explainEventStoreError(error) ?? explainDatabaseError(error) ?? error;
  return (
    explainDatabaseError(error.cause) ??
    userError('another import has taken over from this one, which did not respond for too long', {
      code: 'import-taken-over',
      hint: 'What was done is kept, and the other import goes on from there.',
      cause: error,
    })
  );
};
