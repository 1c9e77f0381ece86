import { InvalidArgumentError } from 'commander';
import { exitCodes, type UserError, userError } from '../platform/errors.ts';
import { isSameNoun } from '../platform/wording/same-noun.ts';

/** The error of a command line that is not valid; nothing was done. */
export const usage = (message: string, hint?: string): UserError =>
  userError(message, { code: 'usage', exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });

/**
 * The record type that a person means: `listings` and `Saved search` are as good as `listing` and `saved-search`.
 * @param types the ones that the command knows
 * @throws UserError if it is none of them
 */
export const recordTypeGiven = <T extends string>(given: string, types: readonly T[]): T => {
  const found = types.find((type) => isSameNoun(type, given));
  if (found !== undefined) return found;
  throw usage(`the type must be ${types.slice(0, -1).join(', ')} or ${types.at(-1)}, not "${given}"`);
};

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
