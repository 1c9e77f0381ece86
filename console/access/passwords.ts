import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

const passwordLength = { least: 12, most: 1_000 };

/** Different keyboards may send different code points for the same letters (NIST SP 800-63B, 3.1.1.2). */
const normalized = (password: string) => password.normalize('NFKC');

/** What is wrong with a new password, as the rest of a sentence; `null` if nothing. */
export const passwordProblem = (password: string, userName: string): string | null => {
  const characters = [...normalized(password)];
  if (characters.length < passwordLength.least) return `must have at least ${passwordLength.least} characters`;
  if (characters.length > passwordLength.most) return `must have at most ${passwordLength.most} characters`;
  if (new Set(characters).size < 4) return 'must have at least 4 different characters';
  return password.toLowerCase().includes(userName) && password.length < userName.length + 8
    ? 'must be more than a variation of the user name'
    : null;
};

/** argon2id with the package's defaults, which are those that OWASP recommends (19 MiB, 2 passes). */
export const hashPassword = (password: string): Promise<string> => hash(normalized(password));

let nobodysHash: Promise<string> | undefined;

/**
 * Whether the password matches the hash. Without a hash (an unknown user) the answer is no after the same amount of work, so that the
 * response time does not reveal which users exist.
 */
export const passwordFits = async (passwordHash: string | null, password: string): Promise<boolean> => {
  nobodysHash ??= hash(randomBytes(32));
  const short = password.slice(0, passwordLength.most * 2);
  const fits = await verify(passwordHash ?? (await nobodysHash), normalized(short));
  return passwordHash !== null && short === password && fits;
};
