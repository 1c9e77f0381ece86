import { userInfo } from 'node:os';
import { usage } from './arguments.ts';

/**
 * The person who does something by hand: the name given with `--as`, otherwise the login.
 *
 * @throws UserError if there is neither
 */
export const personAt = (as: string | undefined): string => {
  if (as?.trim()) return as.trim();
  if (as !== undefined) throw usage('--as is empty: give the name of the person');
  try {
    return userInfo().username;
  } catch {
    throw usage('your user account has no name', 'Give your name with --as.');
  }
};
