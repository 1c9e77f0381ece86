import { isNotMadeYet } from '../../../platform/database/not-made-yet.ts';

/** What a query of read models returns, or `none` if none has been built yet. */
export const withoutReadModels = async <Result>(query: () => Promise<Result>, none: Result): Promise<Result> => {
  try {
    return await query();
  } catch (error) {
    if (isNotMadeYet(error)) return none;
    throw error;
  }
};
