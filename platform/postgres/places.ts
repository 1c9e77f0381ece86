import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorMessage, exitCodes, userError } from '../errors.ts';
import type { PostgresBinaries } from './binaries.ts';
import { canEnter, type RunAs } from './run-as.ts';

/** For what the unprivileged user cannot reach in its usual place (a clone below /root, say). */
const reachableRoot = '/var/lib/openhouse';

/**
 * The folder of the binaries where that user can run them: the original, or a copy.
 *
 * @throws UserError when they cannot be copied
 */
export function reachableBinaries(binaries: PostgresBinaries, user: RunAs, notice: (text: string) => void): string {
  if (user === undefined || canEnter(user, join(binaries.root, 'bin'), 'read')) return binaries.root;
  const copy = join(reachableRoot, `postgresql-${binaries.version}-${process.platform}-${process.arch}`);
  if (existsSync(copy)) return copy;
  notice(`copying PostgreSQL's programs to ${copy}, where the user ${user.name} can run them`);
  // Atomically: a partial copy must not be taken for a good one.
  const unfinished = `${copy}.${randomBytes(6).toString('hex')}`;
  orExplain(copy, () => {
    mkdirSync(reachableRoot, { recursive: true, mode: 0o755 });
    try {
      cpSync(binaries.root, unfinished, { recursive: true, verbatimSymlinks: true });
      try {
        renameSync(unfinished, copy);
      } catch (error) {
        if (!existsSync(copy)) throw error; // another process was faster, which is fine
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  });
  return copy;
}

/**
 * `folder/cluster`, created if it does not exist: a folder that belongs to that user. When `folder` is where that user
 * has no access, `cluster` is a symbolic link to a folder below /var/lib.
 *
 * @throws UserError when neither can be created
 */
export function clusterFolder(folder: string, user: RunAs, notice: (text: string) => void): string {
  const cluster = join(folder, 'cluster');
  if (lstatSync(cluster, { throwIfNoEntry: false }) !== undefined) {
    try {
      return realpathSync(cluster);
    } catch (cause) {
      throw userError(`${cluster} is a broken link: the folder with the database was moved or deleted`, {
        code: 'postgres-data-missing',
        hint: 'Restore it from a backup, or delete the link to start with an empty database.',
        exitCode: exitCodes.unreachable,
        cause,
      });
    }
  }
  orExplain(cluster, () => makeFolderOf(user, cluster));
  if (user === undefined || canEnter(user, cluster, 'write')) return cluster;
  rmdirSync(cluster);
  const name = createHash('sha256').update(folder).update(randomBytes(8)).digest('hex').slice(0, 16);
  const elsewhere = join(reachableRoot, name);
  notice(`keeping the database in ${elsewhere}, because it runs as the user ${user.name}, who cannot reach ${folder}`);
  orExplain(elsewhere, () => {
    mkdirSync(reachableRoot, { recursive: true, mode: 0o755 });
    makeFolderOf(user, elsewhere);
    symlinkSync(elsewhere, cluster);
  });
  return elsewhere;
}

function makeFolderOf(user: RunAs, folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
}

function orExplain(place: string, make: () => void): void {
  try {
    make();
  } catch (cause) {
    throw userError(`${place} cannot be created (${errorMessage(cause)})`, {
      code: 'postgres-place',
      hint: 'Choose a home that other users can reach (OPENHOUSE_HOME=/srv/openhouse, say), or set DATABASE_URL.',
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
}
