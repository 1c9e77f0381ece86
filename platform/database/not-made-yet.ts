import { errorCode } from '../errors.ts';

const codes: readonly unknown[] = ['42P01', '3F000']; // undefined_table, invalid_schema_name

/** Whether a query failed because another part, such as a read model, has not created its tables yet. */
export const isNotMadeYet = (error: unknown): boolean => codes.includes(errorCode(error));
