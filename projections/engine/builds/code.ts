import { createHash } from 'node:crypto';
import { type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { errorMessage, userError } from '../../../platform/errors.ts';
import type { Projection } from '../../projection.ts';
import type { ProjectionEntry } from '../../registry.ts';
import { openSandbox } from './sandbox.ts';

/**
 * The code of a projection as one self-contained script, with a hash. A build keeps the code that it was started with
 * and is never fed by any other. So fixing a handler on disk does not leave a table half built by the old code and half
 * by the new, the previous version stays up to date by its own code, and a process started before the fix can feed a
 * build created after it.
 */
export type ProjectionCode = {
  readonly projection: Projection;
  readonly source: string;
  /** Of the code without comments and layout, so that it is equal if the code does the same in the same way. */
  readonly hash: string;
};

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What this process last compiled, by entry. */
const compiled = new Map<string, ProjectionCode>();

/** The same for all entries that were compiled together, with the state of every file that went into them. */
const bundles = new Map<string, { readonly codes: ProjectionCode[]; readonly files: ReadonlyMap<string, string> }>();

/**
 * Compiles the projections on disk, unless their files are as this process last compiled them. Takes about a tenth of a
 * second, during which this process does nothing else: only for process start and for creating builds; use `knownCode`
 * everywhere else.
 *
 * esbuild runs as a separate process that ends with the call. Its asynchronous API shares one service among all
 * callers, which none of them can stop without leaving the others hanging.
 *
 * @throws UserError if one does not compile, or is not a projection
 */
export const readCode = (entries: readonly ProjectionEntry[]): ProjectionCode[] => {
  const key = JSON.stringify(entries);
  const known = bundles.get(key);
  if (known !== undefined && isAsBefore(known.files)) return known.codes;
  const started = Date.now();
  const { sources, inputs } = bundle(entries.map(({ entry }) => entry));
  const codes = entries.map(({ entry }, index) => toCode(sources[index]!, entry));
  entries.forEach(({ entry }, index) => void compiled.set(entry, codes[index]!));
  const files = statesOf(inputs, started);
  if (files === undefined) bundles.delete(key);
  else bundles.set(key, { codes, files });
  return codes;
};

/** How coarsely a file system may count time, in ms. */
const granularityMs = 2_000;

/** The state of each file; `undefined` if one may have changed since it was read. */
const statesOf = (paths: readonly string[], readAt: number): Map<string, string> | undefined => {
  const states = new Map<string, string>();
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || stat.mtimeMs >= readAt - granularityMs) return undefined;
    states.set(path, stateOf(stat));
  }
  return states;
};

const isAsBefore = (files: ReadonlyMap<string, string>): boolean =>
  [...files].every(([path, state]) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && stateOf(stat) === state;
  });

const stateOf = ({ mtimeMs, ctimeMs, size, ino }: Stats): string => [mtimeMs, ctimeMs, size, ino].join();

/**
 * The projections as this process last compiled them, at most once: cheap enough for every page and every health check.
 * @throws UserError if one does not compile, or is not a projection
 */
export const knownCode = (entries: readonly ProjectionEntry[]): ProjectionCode[] => {
  const missing = entries.filter(({ entry }) => !compiled.has(entry));
  if (missing.length > 0) readCode(missing);
  return entries.map(({ entry }) => compiled.get(entry)!);
};

const bundle = (entries: readonly string[]): { sources: string[]; inputs: string[] } => {
  if (entries.length === 0) return { sources: [], inputs: [] };
  try {
    const { outputFiles, metafile } = buildSync({
      entryPoints: entries.map((entry, index) => ({ in: entry, out: String(index) })),
      outdir: 'out',
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'iife',
      globalName: 'loaded',
      platform: 'neutral',
      target: 'es2023',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
    });
    const byPath = new Map(outputFiles.map(({ path, text }) => [path, text]));
    return {
      sources: entries.map((_, index) => byPath.get(join(root, 'out', `${index}.js`))!),
      inputs: Object.keys(metafile.inputs).map((path) => resolve(root, path)),
    };
  } catch (cause) {
    throw userError(`the code of the projections does not compile: ${errorMessage(cause)}`, {
      code: 'projection-code-invalid',
      cause,
    });
  }
};

const toCode = (source: string, entry: string): ProjectionCode => {
  // The only comments that esbuild leaves are the paths of the files that it bundled.
  const bare = source.replace(/^\s*\/\/ .*\n/gm, '');
  try {
    const { projection } = openSandbox(source);
    return { projection, source, hash: createHash('sha256').update(bare).digest('hex') };
  } catch (cause) {
    throw userError(`${entry} is not a projection: ${errorMessage(cause)}`, { code: 'projection-invalid', cause });
  }
};
