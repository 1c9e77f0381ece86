import { errorCode } from '../../../../platform/errors.ts';
import type { Database } from '../../database.ts';
import { checkShape, type RunningBuild } from '../running-build.ts';

/** Values that do not fit (class 22), constraints (23), too large (54): errors in the row, not in the server. */
export const isDataError = (error: unknown): boolean => /^(22|23|54)/.test(errorCode(error) ?? '');

/** If a table or column is missing, the error says what was changed by hand, instead of PostgreSQL's message. */
export const explained = async (db: Database, running: RunningBuild, error: unknown): Promise<unknown> => {
  if (!/^42|^3F/.test(errorCode(error) ?? '')) return error;
  return await checkShape(db, running.build, running.sandbox).then(
    () => error,
    (told: unknown) => told,
  );
};
