import { access, chmod, constants, lstat, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { type ExitCode, errorCode, errorMessage, exitCodes, type UserError, userError } from '../../platform/errors.ts';
import { isRunning } from '../../platform/process-identity.ts';

/**
 * Reports that a file cannot be written before the work begins whose result it is for, as far as that is known then. A file that exists
 * must itself be writable, whatever its folder allows (`/dev/stdout` is in one that few may write to); for a new one, its folder must be.
 * @throws UserError
 */
export const checkOutputFile = async (file: string): Promise<void> => {
  const refuse = (error: unknown): never => {
    throw cannotWrite(file, error, exitCodes.usage);
  };
  const there = await stat(file).catch(unlessThere).catch(refuse);
  if (there?.isDirectory()) refuse({ code: 'EISDIR' });
  await access(there === undefined ? `${dirname(file)}/.` : file, constants.W_OK).catch(refuse);
};

/**
 * Writes a file as a whole or not at all: an older one of that name stays as it is until the new one is complete, whose place it then takes.
 * Only what nothing can be put in the place of is written directly: a device, a link, a file that is mounted
 * by itself (as into a container), or one in a folder where this user may not add any.
 * @throws UserError if it cannot be written
 */
export const writeOutputFile = async (file: string, text: string): Promise<void> => {
  try {
    const there = await lstat(file).catch(unlessThere);
    if (there !== undefined && !there.isFile()) return await writeFile(file, text);
    if (there !== undefined) await access(file, constants.W_OK);
    await putInPlace(file, text, there?.mode).catch(async (error: unknown) => {
      if (there === undefined || !notReplaceable.includes(errorCode(error) ?? '')) throw error;
      await writeFile(file, text);
    });
  } catch (error) {
    throw cannotWrite(file, error, exitCodes.failed);
  }
};

/** How it fails to replace a file in whose place nothing can be put. */
const notReplaceable = ['EACCES', 'EPERM', 'EBUSY', 'EROFS'];

const putInPlace = async (file: string, text: string, mode: number | undefined): Promise<void> => {
  const folder = dirname(file);
  const beside = join(folder, partialName(hostname(), process.pid));
  await removeLeftovers(folder);
  try {
    await writeFile(beside, text);
    if (mode !== undefined) await chmod(beside, mode);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
};

const partialName = (host: string, pid: number): string => `.openhouse-${host}-${pid}.partial`;

/**
 * Removes what processes that were killed left in a folder. Whether one on another machine that uses this folder still runs is not
 * known here, so what that one wrote last gets a day.
 */
const removeLeftovers = async (folder: string): Promise<void> => {
  const dayAgo = Date.now() - 24 * 60 * 60_000;
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(/^\.openhouse-(?:.+-)?(\d+)\.partial$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid)) continue;
    const path = join(folder, name);
    const there = await lstat(path).catch(() => undefined);
    const isOver = (name === partialName(hostname(), pid) && !isRunning(pid)) || (there?.mtimeMs ?? dayAgo) < dayAgo;
    // It is the new file that matters.
    if (isOver) await rm(path, { force: true }).catch(() => {});
  }
};

const unlessThere = (error: unknown): undefined => {
  if (errorCode(error) !== 'ENOENT') throw error;
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what should be its folder is a file',
  EEXIST: 'it is a file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EIO: 'the disk or terminal does not accept it',
  ENAMETOOLONG: 'its name is too long',
};

const hints: Readonly<Record<string, string>> = {
  EROFS: 'Give a path on another disk.',
  ENOSPC: 'Free up some space, or give a path on another disk.',
  EDQUOT: 'Free up some space, or give a path on another disk.',
};

/** Why a file or folder cannot be written, and what to do about it. */
export const cannotWrite = (path: string, error: unknown, exitCode: ExitCode): UserError => {
  const code = errorCode(error) ?? '';
  return userError(`${path} cannot be written: ${reasons[code] ?? errorMessage(error)}`, {
    code: 'file-not-writable',
    exitCode,
    hint: hints[code] ?? 'Give a path where this user may write.',
    cause: error,
  });
};

/** Whether an error is one of those for which `cannotWrite` has words. */
export const isFileReason = (error: unknown): boolean => Object.hasOwn(reasons, errorCode(error) ?? '');
