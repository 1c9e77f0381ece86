import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { errorMessage, userError } from '../../../platform/errors.ts';
import type { Projection } from '../../projection.ts';
import type { ProjectionEntry } from '../../registry.ts';
import { openSandbox } from './sandbox.ts';

/**
 * A projection as its code says it is: one self-contained script, and what tells it from any other. A build keeps the code
 * that it is built by and is never fed by another. So fixing a handler on disk does not leave a table half
 * made by the old and half by the new one, the version before keeps up with the code it had, and a process that was
 * started before the fix can feed what was built after it.
 */
export type ProjectionCode = {
  readonly projection: Projection;
  readonly source: string;
  /** Of the code less comments and layout: equal when it does the same in the same way. */
  readonly hash: string;
};

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What this process compiled last, by entry. */
const compiled = new Map<string, ProjectionCode>();

/**
 * Compiles projections as they are on disk now. Takes about a tenth of a second, during which this process does nothing else:
 * for process start and for whoever creates a build; everyone else uses `knownCode`.
 *
 * esbuild runs as a process of its own that ends with the call. Its asynchronous API shares one service among all callers,
 * which none of them can stop without leaving the others waiting for ever.
 *
 * @throws UserError when one does not compile, or is not a projection
 */
export const readCode = (entries: readonly ProjectionEntry[]): ProjectionCode[] => {
  const sources = bundle(entries.map(({ entry }) => entry));
  return entries.map(({ entry }, index) => {
    const code = toCode(sources[index]!, entry);
    compiled.set(entry, code);
    return code;
  });
};

/**
 * Projections as this process last compiled them, which it does at most once for this: cheap enough for every page and
 * every health check.
 * @throws UserError when one does not compile, or is not a projection
 */
export const knownCode = (entries: readonly ProjectionEntry[]): ProjectionCode[] => {
  const missing = entries.filter(({ entry }) => !compiled.has(entry));
  if (missing.length > 0) readCode(missing);
  return entries.map(({ entry }) => compiled.get(entry)!);
};

const bundle = (entries: readonly string[]): string[] => {
  if (entries.length === 0) return [];
  try {
    const { outputFiles } = buildSync({
      entryPoints: entries.map((entry, index) => ({ in: entry, out: String(index) })),
      outdir: 'out',
      absWorkingDir: root,
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'loaded',
      platform: 'neutral',
      target: 'es2023',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
    });
    const byPath = new Map(outputFiles.map(({ path, text }) => [path, text]));
    return entries.map((_, index) => byPath.get(join(root, 'out', `${index}.js`))!);
  } catch (cause) {
    throw userError(`the code of the projections does not compile: ${errorMessage(cause)}`, {
      code: 'projection-code-invalid',
      cause,
    });
  }
};

const toCode = (source: string, entry: string): ProjectionCode => {
  // esbuild leaves one kind of comment: the path of each file that went in.
  const bare = source.replace(/^\s*\/\/ .*\n/gm, '');
  try {
    const { projection } = openSandbox(source);
    return { projection, source, hash: createHash('sha256').update(bare).digest('hex') };
  } catch (cause) {
    throw userError(`${entry} is not a projection: ${errorMessage(cause)}`, { code: 'projection-invalid', cause });
  }
};
