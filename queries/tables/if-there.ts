import { errorCode } from '../../platform/errors.ts';

/**
 * The answer of a query on tables that another part makes when it first runs, or `fallback` while it has not: the console
 * shows what is there.
 */
export const ifThere = async <Result>(query: Promise<Result>, fallback: Result): Promise<Result> => {
  try {
    return await query;
  } catch (error) {
    if (notMadeYet.has(errorCode(error) ?? '')) return fallback;
    throw error;
  }
};

/** undefined_table, invalid_schema_name, undefined_column (an older release made the table). */
const notMadeYet = new Set(['42P01', '3F000', '42703']);
