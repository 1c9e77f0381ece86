import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { exitCodes, userError } from '../errors.ts';

/** The user that PostgreSQL runs as; `undefined` means the user who runs openhouse. */
export type RunAs = { name: string; uid: number; gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root. When openhouse runs as root, PostgreSQL runs as the owner of the data folder, if it
 * exists, else as the system's `postgres` user (created if needed), else as `nobody`.
 *
 * @throws UserError when no such user can be found or created
 */
export function chooseUser(dataFolder: string): RunAs {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0)
    return { name: findUser({ uid: owner.uid })?.name ?? `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  const user = findUser({ name: 'postgres' }) ?? createUser('postgres') ?? findUser({ name: 'nobody' });
  if (user !== undefined) return user;
  throw userError('PostgreSQL refuses to run as root, and there is no other user to run it as', {
    code: 'postgres-user-missing',
    hint: 'Create one (`useradd --system postgres`), run openhouse as a normal user, or set DATABASE_URL.',
    exitCode: exitCodes.unreachable,
  });
}

function createUser(name: string): RunAs {
  // Debian and Red Hat have the first, Alpine and BusyBox the second.
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--user-group', '--shell', '/bin/false', name]],
    ['adduser', ['-S', '-D', '-H', '-s', '/bin/false', name]],
  ];
  for (const [command, args] of attempts)
    if (spawnSync(command, args, { stdio: 'ignore' }).status === 0) return findUser({ name });
  return undefined;
}

function findUser(wanted: { name: string } | { uid: number }): RunAs {
  for (const line of passwd().split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) continue;
    if ('name' in wanted ? name === wanted.name : Number(uid) === wanted.uid)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

function passwd(): string {
  // getent also lists the users of a directory service, and macOS has no complete /etc/passwd; but the file always exists.
  const getent = spawnSync('getent', ['passwd'], { encoding: 'utf8' });
  if (getent.status === 0) return getent.stdout;
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

/** Whether that user can enter the folder and read it (or write to it). Asks the system, which knows about ACLs and mounts. */
export function canEnter(user: RunAs, folder: string, how: 'read' | 'write'): boolean {
  const script = how === 'write' ? 'cd "$1" && test -w .' : 'cd "$1" && test -r .';
  const result = spawnSync('/bin/sh', ['-c', script, 'sh', folder], { ...identity(user), cwd: '/', stdio: 'ignore' });
  return result.status === 0;
}

/** `uid` and `gid` for `spawn`; empty when there is no need to change user. */
export function identity(user: RunAs): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}
