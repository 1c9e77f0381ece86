import { existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, exitCodes, type UserError, userError } from './errors.ts';

/** What lies where below OPENHOUSE_HOME. */
export const homePaths = (home: string) => ({
  postgres: join(home, 'postgres'),
  logs: join(home, 'logs'),
  supervisorLog: join(home, 'logs', 'supervisor.log'),
  eventStoreLog: join(home, 'logs', 'eventstore.log'),
  /** The embedded event store's certificate and credentials; for its owner's eyes alone. */
  eventStore: join(home, 'eventstore'),
  run: join(home, 'run'),
  /** How to reach the running supervisor; holds a secret, so only its owner may read it. */
  supervisorFile: join(home, 'run', 'supervisor.json'),
  /** The ports used last, so that they stay the same if they can. */
  portsFile: join(home, 'run', 'ports.json'),
});

/**
 * Makes the home folder and what belongs in it.
 *
 * @throws UserError when the disk is full or read-only, or it belongs to somebody else
 */
export function prepareHome(home: string): void {
  try {
    // Others have no business here; but where root runs it, PostgreSQL's user must get through to its own folder.
    makeFolder(home, process.getuid?.() === 0 ? 0o711 : 0o700);
    const { logs, run } = homePaths(home);
    for (const folder of [logs, run]) makeFolder(folder, 0o700);
  } catch (error) {
    throw explainFileError(error, home) ?? error;
  }
}

/** Like `mkdir -p`. Node's own answers ENOENT when the disk is read-only, which tells nobody anything. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), 0o755);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Somebody else may have made it at the same moment.
    if (errorCode(error) !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

/**
 * Why the servers of a home went away, if its disk is full: PostgreSQL, which writes its log 16 MB at a time, stops when it
 * cannot, and says so to nobody but its own log file.
 */
export function explainFullDisk(home: string, cause: unknown): UserError | undefined {
  const cluster = join(homePaths(home).postgres, 'cluster');
  if (!existsSync(cluster)) return undefined;
  const { bavail, bsize } = statfsSync(cluster);
  if (bavail * bsize >= 16 * 1024 * 1024) return undefined;
  return userError(`the disk of the database is full (${home}), and it has stopped`, {
    code: 'disk-full',
    hint: 'Make room, then run it again: what was done is kept.',
    exitCode: exitCodes.unreachable,
    cause,
  });
}

/** Why a file or folder cannot be written, for the person at the terminal; undefined when it is something else. */
export function explainFileError(error: unknown, path: string): UserError | undefined {
  const explain = (code: string, message: string, hint: string) =>
    userError(message, { code, hint, exitCode: exitCodes.failed, cause: error });
  const elsewhere = 'Choose another home: --home <folder>, or OPENHOUSE_HOME.';
  switch (errorCode(error)) {
    case 'EROFS':
      return explain('disk-read-only', `the disk is read-only (${path})`, elsewhere);
    case 'ENOSPC':
    case 'EDQUOT':
      return explain('disk-full', `the disk is full (${path})`, 'Make room, then run it again: what was done is kept.');
    case 'EACCES':
    case 'EPERM':
      return explain(
        'no-permission',
        `this user may not write to ${path}`,
        `Run openhouse as the user it belongs to. ${elsewhere}`,
      );
    case 'ENOENT':
      // Of files that are read it says something else, and the reader knows what.
      return (error as NodeJS.ErrnoException).syscall === 'mkdir'
        ? explain('no-folder-here', `no folder can be made at ${path}`, 'Choose another place.')
        : undefined;
    case 'ENOTDIR':
    case 'EEXIST':
      return explain('not-a-folder', `${path} cannot be a folder: there is a file of that name`, elsewhere);
    default:
      return undefined;
  }
}
