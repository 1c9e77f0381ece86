import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../../platform/config/config.ts';
import { homePaths } from '../../platform/home.ts';
import { findBinaries } from '../../platform/postgres/binaries.ts';
import { chooseUser } from '../../platform/postgres/run-as.ts';
import { type Check, examine } from './check.ts';

const chromiumPrograms = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
const gigabyte = 1024 ** 3;

/** Node, the home folder, its disk, and the installed programs. */
export async function examineMachine(config: Config): Promise<Check[]> {
  return [
    { name: 'Node', state: 'ok', detail: `${process.version} on ${process.platform}-${process.arch}` },
    await examine('home', async () => home(config)),
    await examine('disk', async () => disk(config.home)),
    await examine('embedded PostgreSQL', async () => programs(config)),
    chromium(),
  ];
}

/** Whether the embedded PostgreSQL has been set up in a home. */
export const hasDatabase = (home: string): boolean => existsSync(join(homePaths(home).postgres, 'cluster'));

function home({ home }: Config): Check {
  if (!existsSync(home))
    return { name: 'home', state: 'off', detail: `${home} will be created by the first command that needs it` };
  accessSync(home, constants.W_OK | constants.X_OK);
  const has = hasDatabase(home) ? 'with a database' : 'without a database yet';
  return { name: 'home', state: 'ok', detail: `${home}, ${has}` };
}

function disk(home: string): Check {
  let folder = home;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${(free / gigabyte).toFixed(1)} GB free for ${home}`;
  if (free > 2 * gigabyte) return { name: 'disk', state: 'ok', detail, facts: { freeBytes: free } };
  return {
    name: 'disk',
    state: free < 0.2 * gigabyte ? 'failed' : 'warning',
    detail,
    hint: 'Free up space, or choose another home with --home.',
    facts: { freeBytes: free },
  };
}

function programs(config: Config): Check {
  const name = 'embedded PostgreSQL';
  if (config.databaseUrl !== undefined) return { name, state: 'off', detail: 'not needed: DATABASE_URL is set' };
  const { version } = findBinaries();
  const user = chooseUser(join(homePaths(config.home).postgres, 'cluster', 'data'));
  return { name, state: 'ok', detail: `${version}${user === undefined ? '' : `, run as the user ${user.name}`}` };
}

/** Whether the program exists and this user may run it; a folder in PATH may belong to another user. */
function canRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return statSync(program).isFile();
  } catch {
    return false;
  }
}

function chromium(): Check {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  const found = folders.flatMap((folder) => chromiumPrograms.map((program) => join(folder, program))).find(canRun);
  if (found !== undefined) return { name: 'Chromium', state: 'ok', detail: found };
  return {
    name: 'Chromium',
    state: 'off',
    detail: 'not found: only tests of the console use it, and they are skipped without it',
    hint: 'On Debian: apt-get install chromium',
  };
}
