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

/** Where things go that the unprivileged user cannot reach in their usual place (a clone below /root, say). */
const reachableRoot = '/var/lib/openhouse';

/**
 * The binaries, in a place where that user can run them: where they are, or a copy.
 *
 * @throws UserError when they cannot be copied
 */
export function reachableBinaries(binaries: PostgresBinaries, user: RunAs, notice: (text: string) => void): string {
  if (user === undefined || canEnter(user, join(binaries.root, 'bin'), 'read')) return binaries.root;
  const copy = join(reachableRoot, `postgresql-${binaries.version}-${process.platform}-${process.arch}`);
  if (existsSync(copy)) return copy;
  notice(`copying PostgreSQL's programs to ${copy}, where the user ${user.name} can run them`);
  // Whole or not at all: a copy cut short must not be taken for a good one.
  const unfinished = `${copy}.${randomBytes(6).toString('hex')}`;
  orExplain(copy, () => {
    mkdirSync(reachableRoot, { recursive: true, mode: 0o755 });
    try {
      cpSync(binaries.root, unfinished, { recursive: true, verbatimSymlinks: true });
      try {
        renameSync(unfinished, copy);
      } catch (error) {
        if (!existsSync(copy)) throw error; // somebody else was faster: just as good
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  });
  return copy;
}

/**
 * `folder/cluster`, made when it is not there: a folder of that user, who can reach it. When `folder` lies where that user
 * cannot go, `cluster` is a symbolic link to a folder below /var/lib.
 *
 * @throws UserError when neither can be had
 */
export function clusterFolder(folder: string, user: RunAs, notice: (text: string) => void): string {
  const cluster = join(folder, 'cluster');
  if (lstatSync(cluster, { throwIfNoEntry: false }) !== undefined) {
    try {
      return realpathSync(cluster);
    } catch (cause) {
      throw userError(`${cluster} leads nowhere: the folder with the database was moved or deleted`, {
        code: 'postgres-data-missing',
        hint: 'Put it back from a backup, or delete that link to begin with an empty database.',
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
  notice(`keeping the database in ${elsewhere}: the user ${user.name}, as whom it runs, cannot reach ${folder}`);
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
    throw userError(`${place} cannot be made (${errorMessage(cause)})`, {
      code: 'postgres-place',
      hint: 'Choose a home that other users can reach (OPENHOUSE_HOME=/srv/openhouse, say), or set DATABASE_URL.',
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
}
