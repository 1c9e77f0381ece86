import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ExitCode, errorCode, exitCodes, type UserError, userError } from '../platform/errors.ts';

/**
 * Reports that a file cannot be written before the work begins whose result it is for, as far as that is known then.
 * @throws UserError
 */
export const checkOutputFile = async (file: string): Promise<void> => {
  const folder = await access(`${dirname(file)}/.`, constants.W_OK).catch((error: unknown) => ({ error }));
  if (folder !== undefined) throw cannotWrite(file, folder.error, exitCodes.usage);
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw cannotWrite(file, { code: 'EISDIR' }, exitCodes.usage);
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
    hint: 'Give the path of a file in a folder that this user may write to.',
    cause: error,
  });
