import { errorMessage } from '../platform/errors.ts';

/** Why a document cannot be read, worded for people. */
export const whyUnreadable = (error: unknown): string =>
  error instanceof RangeError && /call stack/.test(error.message) ? 'it is nested too deeply' : errorMessage(error);
