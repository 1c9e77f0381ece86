import { isNotMadeYet } from '../platform/database/not-made-yet.ts';
import { errorCode } from '../platform/errors.ts';

/**
 * The result of a query, or `fallback` if another part has not created its tables yet: the console shows whatever there
 * is.
 */
export const ifThere = async <Result>(query: Promise<Result>, fallback: Result): Promise<Result> => {
  try {
    return await query;
  } catch (error) {
    // undefined_column: an older release created the table.
    if (isNotMadeYet(error) || errorCode(error) === '42703') return fallback;
    throw error;
  }
};
