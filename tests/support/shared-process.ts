import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tests = fileURLToPath(new URL('..', import.meta.url));

/** Folders whose tests leave a process as they found it: variables, signals, the working folder. */
const tidy = ['domain', 'history', 'importers', 'matching', 'projections', 'queries', 'schedulers', 'slack'];
/** A hook of a whole file, or of what it uses, would run for the tests of all files in its process. */
const hook = /^(?:(?:const|let) .*= )?(?:before|after|beforeEach|afterEach|use[A-Z]\w*|specification)(?:<.*>)?\(/m;
const most = 8;

/**
 * Puts up to eight test files of the same folder of `tests` into one process, because loading what they import takes two seconds of a
 * processor for each, and what has run once runs faster: it saves a quarter of the processor time.
 *
 * @param folder where to write the files that import them
 * @returns the files to run, in the same order
 */
export const inSharedProcesses = (files: readonly string[], folder: string): readonly string[] => {
  const groups: string[][] = [];
  for (const file of files) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < most && last.every((other) => canShare(other, file))) last.push(file);
    else groups.push([file]);
  }
  return groups.map((group) => {
    if (group.length === 1) return group[0]!;
    // A file that cannot be loaded is reported by this name.
    const [first, last] = [group[0]!, group.at(-1)!].map((file) => basename(file, '.test.ts'));
    const of = relative(tests, dirname(group[0]!)).replaceAll(/[\\/]/g, '-');
    const entry = join(folder, `${of}-from-${first}-to-${last}.test.mjs`);
    writeFileSync(entry, group.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(''));
    return entry;
  });
};

const canShare = (one: string, other: string): boolean =>
  folderOf(one) === folderOf(other) &&
  tidy.includes(folderOf(one)) &&
  [one, other].every((file) => !hook.test(readFileSync(file, 'utf8')));

/** `importers` for `tests/importers/owned/cutover.test.ts`. */
const folderOf = (file: string): string => relative(tests, file).split(/[\\/]/)[0]!;
