import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodes, userError } from '../errors.ts';
import { identity, type RunAs } from './run-as.ts';

/** The database role that owns everything in the embedded PostgreSQL. */
export const superuser = 'openhouse';

/**
 * Creates the data folder unless it exists: in a temporary place first, so that a partial one is never taken for complete.
 *
 * @param cluster the folder that contains it, see `clusterFolder`
 * @param programs the folder with `bin`
 * @throws UserError when it belongs to another major version, or there is no space for it
 */
export function prepareDataFolder(options: {
  cluster: string;
  programs: string;
  major: string;
  user: RunAs;
  password: string;
  durable: boolean;
  notice(text: string): void;
}): string {
  const { cluster, programs, major, user, password } = options;
  const data = join(cluster, 'data');
  if (existsSync(data)) {
    refuseOtherVersion(data, major);
    return data;
  }
  options.notice('creating a new database');
  const unfinished = mkdtempSync(join(cluster, 'new-'));
  try {
    const passwordFile = join(unfinished, 'password');
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user !== undefined) for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);
    const initdb = spawnSync(
      join(programs, 'bin', process.platform === 'win32' ? 'initdb.exe' : 'initdb'),
      [
        `--pgdata=${join(unfinished, 'data')}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        // The built-in locale sorts the same on every machine.
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(options.durable ? [] : ['--no-sync']),
      ],
      { ...identity(user), cwd: unfinished, env: cleanEnvironment(), encoding: 'utf8' },
    );
    if (initdb.status !== 0) throw explainFailure(initdb.error?.message ?? initdb.stderr, cluster);
    renameSync(join(unfinished, 'data'), data);
    return data;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function refuseOtherVersion(data: string, major: string): void {
  const versionFile = join(data, 'PG_VERSION');
  const found = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : undefined;
  if (found === major) return;
  throw userError(
    found === undefined
      ? `${data} is not a PostgreSQL data folder (it has no PG_VERSION)`
      : `the database in ${data} was created by PostgreSQL ${found}, but this is PostgreSQL ${major}`,
    {
      code: 'postgres-data-version',
      hint:
        'Move that folder away to start with an empty database, or go back to the release of openhouse that created it and ' +
        'export its contents with pg_dump.',
      exitCode: exitCodes.unreachable,
    },
  );
}

/** Turns the output of PostgreSQL's programs into an error for the person at the terminal. */
export function explainFailure(output: string, place: string): Error {
  const said = output.trim();
  const lines = said.split('\n');
  const telling = lines.findLast((line) => /error|fatal|panic/i.test(line)) ?? lines.at(-1) ?? '';
  const last = telling.replace(/^.*?(?:ERROR|FATAL|PANIC):\s*/i, '');
  const cases: [RegExp, code: string, message: string, hint: string][] = [
    [
      /No space left on device|Check free disk space|wrote only \d+ of \d+ bytes/,
      'disk-full',
      `the disk is full (${place})`,
      'Free up some space, then try again.',
    ],
    [
      /Read-only file system/,
      'disk-read-only',
      `the disk is read-only (${place})`,
      'Choose another home: OPENHOUSE_HOME.',
    ],
    [
      /Permission denied/,
      'no-permission',
      `PostgreSQL cannot write to ${place}`,
      'Make the user it runs as the owner of that folder.',
    ],
    [
      /ENOENT|not found|cannot execute|Exec format/,
      'postgres-binaries-broken',
      `the embedded PostgreSQL does not run on this system (${last})`,
      'It needs glibc on Linux. Set DATABASE_URL to a PostgreSQL of your own.',
    ],
    [
      /could not (?:create|map|open) (?:anonymous )?shared memory|could not create semaphores/,
      'no-shared-memory',
      `PostgreSQL could not allocate shared memory (${last})`,
      'Close other programs, or give the container more memory.',
    ],
  ];
  for (const [pattern, code, message, hint] of cases)
    if (pattern.test(said)) return userError(message, { code, hint, exitCode: exitCodes.unreachable, cause: said });
  return userError(`PostgreSQL did not start: ${last}`, {
    code: 'postgres-start',
    hint: 'See its log, postgres.log in the home folder (`openhouse doctor` shows where).',
    exitCode: exitCodes.unreachable,
    cause: said,
  });
}

/** The environment without the variables that change PostgreSQL's behaviour (PGDATA, PGPORT, locales). */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** The password of the embedded database: generated once, kept in a file that only its owner can read. */
export function passwordIn(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}
