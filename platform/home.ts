import { existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, exitCodes, type UserError, userError } from './errors.ts';

/** The layout of OPENHOUSE_HOME. */
export const homePaths = (home: string) => ({
  postgres: join(home, 'postgres'),
  logs: join(home, 'logs'),
  supervisorLog: join(home, 'logs', 'supervisor.log'),
  eventStoreLog: join(home, 'logs', 'eventstore.log'),
  /** The embedded event store's certificate and credentials; readable by the owner only. */
  eventStore: join(home, 'eventstore'),
  run: join(home, 'run'),
  /** How to reach the running supervisor; holds a secret, so it is readable by the owner only. */
  supervisorFile: join(home, 'run', 'supervisor.json'),
  /** The ports used last, to reuse them if possible. */
  portsFile: join(home, 'run', 'ports.json'),
});

/**
 * Creates the home folder and its subfolders.
 *
 * @throws UserError when the disk is full or read-only, or the folder belongs to another user
 */
export function prepareHome(home: string): void {
  try {
    // Others stay out; but when run as root, PostgreSQL's unprivileged user must be able to reach its own folder.
    makeFolder(home, process.getuid?.() === 0 ? 0o711 : 0o700);
    const { logs, run } = homePaths(home);
    for (const folder of [logs, run]) makeFolder(folder, 0o700);
  } catch (error) {
    throw explainFileError(error, home) ?? error;
  }
}

/** Like `mkdir -p`. Node's own reports a misleading ENOENT when the disk is read-only. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), 0o755);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have created it at the same moment.
    if (errorCode(error) !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

/**
 * The error to show when a home's servers went away because the disk is full. PostgreSQL writes its WAL 16 MB at a
 * time, shuts down when it cannot, and reports that only in its own log file.
 */
export function explainFullDisk(home: string, cause: unknown): UserError | undefined {
  const cluster = join(homePaths(home).postgres, 'cluster');
  if (!existsSync(cluster)) return undefined;
  const { bavail, bsize } = statfsSync(cluster);
  if (bavail * bsize >= 16 * 1024 * 1024) return undefined;
  return userError(`the database disk is full (${home}), so it has stopped`, {
    code: 'disk-full',
    hint: 'Free up some space, then run the command again: completed work is kept.',
    exitCode: exitCodes.unreachable,
    cause,
  });
}

/** Why a file or folder cannot be written, for the person at the terminal; undefined for any other error. */
export function explainFileError(error: unknown, path: string): UserError | undefined {
  const explain = (code: string, message: string, hint: string) =>
    userError(message, { code, hint, exitCode: exitCodes.failed, cause: error });
  const elsewhere = 'Choose another home: --home <folder>, or OPENHOUSE_HOME.';
  switch (errorCode(error)) {
    case 'EROFS':
      return explain('disk-read-only', `the disk is read-only (${path})`, elsewhere);
    case 'ENOSPC':
    case 'EDQUOT':
      return explain(
        'disk-full',
        `the disk is full (${path})`,
        'Free up some space, then run the command again: completed work is kept.',
      );
    case 'EACCES':
    case 'EPERM':
      return explain('no-permission', `this user cannot write to ${path}`, `Run openhouse as its owner. ${elsewhere}`);
    case 'ENOENT':
      // For files being read, ENOENT means something else, and the reader reports it.
      return (error as NodeJS.ErrnoException).syscall === 'mkdir'
        ? explain('no-folder-here', `cannot create a folder at ${path}`, 'Choose another place.')
        : undefined;
    case 'ENOTDIR':
    case 'EEXIST':
      return explain('not-a-folder', `${path} is a file, not a folder`, elsewhere);
    default:
      return undefined;
  }
}
