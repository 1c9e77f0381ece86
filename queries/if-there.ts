import { errorCode } from '../platform/errors.ts';

/**
 * The result of a query, or `fallback` if another part has not created its tables yet: the console shows whatever there
 * is.
 */
export const ifThere = async <Result>(query: Promise<Result>, fallback: Result): Promise<Result> => {
  try {
    return await query;
  } catch (error) {
    if (notMadeYet.has(errorCode(error) ?? '')) return fallback;
    throw error;
  }
};

/** undefined_table, invalid_schema_name, undefined_column (an older release created the table). */
const notMadeYet = new Set(['42P01', '3F000', '42703']);
