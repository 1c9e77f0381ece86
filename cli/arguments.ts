import { InvalidArgumentError } from 'commander';
import { exitCodes, type UserError, userError } from '../platform/errors.ts';

/** The error of a command line that is not valid; nothing was done. */
export const usage = (message: string, hint?: string): UserError =>
  userError(message, { code: 'usage', exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });

/** For options that take a whole number, e.g. `.option('--port <port>', '…', wholeNumber(0, 65535))`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(number) || number < min || number > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return number;
  };
}

/** For options that take a fraction, e.g. `--dirt 0.3`. */
export function fraction(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && number <= 1)) throw new InvalidArgumentError('It must be from 0 to 1.');
  return number;
}
