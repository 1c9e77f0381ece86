import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ExitCode, errorCode, exitCodes, type UserError, userError } from '../platform/errors.ts';

/**
 * Reports that a file cannot be written before the work begins whose result it is for, as far as that is known then. A file that exists
 * must itself be writable, whatever its folder allows (`/dev/stdout` is in one that few may write to); for a new one, its folder must be.
 * @throws UserError
 */
export const checkOutputFile = async (file: string): Promise<void> => {
  const refuse = (error: unknown): never => {
    throw cannotWrite(file, error, exitCodes.usage);
  };
  const there = await stat(file).catch((error: unknown) => (errorCode(error) === 'ENOENT' ? undefined : refuse(error)));
  if (there?.isDirectory()) refuse({ code: 'EISDIR' });
  await access(there === undefined ? `${dirname(file)}/.` : file, constants.W_OK).catch(refuse);
};

/** @throws UserError if it cannot be written */
export const writeOutputFile = async (file: string, text: string): Promise<void> => {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw cannotWrite(file, error, exitCodes.failed);
  }
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
};

const cannotWrite = (file: string, error: unknown, exitCode: ExitCode): UserError =>
  userError(`${file} cannot be written: ${reasons[errorCode(error) ?? ''] ?? String(error)}`, {
    code: 'file-not-writable',
    exitCode,
    hint: 'Give the path of a file that this user may write.',
    cause: error,
  });
