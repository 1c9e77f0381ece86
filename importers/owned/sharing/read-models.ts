import { errorCode } from '../../../platform/errors.ts';

/** `undefined_table` and `invalid_schema_name`: no read model has been built yet. */
export const withoutReadModels = async <Result>(query: () => Promise<Result>, none: Result): Promise<Result> => {
  try {
    return await query();
  } catch (error) {
    if (['42P01', '3F000'].includes(errorCode(error) ?? '')) return none;
    throw error;
  }
};
