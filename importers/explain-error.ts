import { explainEventStoreError } from '../eventstore/explain-error.ts';
import { explainDatabaseError } from '../platform/database.ts';
import { isUserError } from '../platform/errors.ts';

/** What ended an import, for the person at the terminal; anything that is not for them comes back as it is. */
export const explainImportError = (error: unknown): unknown =>
  isUserError(error) ? error : (explainEventStoreError(error) ?? explainDatabaseError(error) ?? error);
