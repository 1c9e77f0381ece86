import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import { errorMessage, userError } from '../../platform/errors.ts';
import type { Projection } from '../projection.ts';
import type { ProjectionEntry } from '../registry.ts';
import { openSandbox } from './sandbox.ts';

/**
 * A projection as its code says it is: one self-contained script, and what tells it from any other. A build keeps the code
 * that it is built by and is never fed by another. So mending a handler on disk does not leave a table half
 * made by the old and half by the new one, the version before keeps up with the code it had, and a process that was
 * started before the fix can feed what was built after it.
 */
export type ProjectionCode = {
  readonly projection: Projection;
  readonly source: string;
  /** Of the code less comments and layout: equal when it does the same in the same way. */
  readonly hash: string;
};

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Reads projections as they are on disk now.
 * @throws UserError when one does not compile, or is no projection
 */
export const readCode = async (entries: readonly ProjectionEntry[]): Promise<ProjectionCode[]> => {
  try {
    return await Promise.all(
      entries.map(async ({ entry }) => {
        const bundle = await build({
          entryPoints: [entry],
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
        return toCode(bundle.outputFiles[0]!.text, entry);
      }),
    );
  } finally {
    await stop();
  }
};

const toCode = (source: string, entry: string): ProjectionCode => {
  // esbuild leaves one kind of comment: the path of each file that went in.
  const bare = source.replace(/^\s*\/\/ .*\n/gm, '');
  try {
    const { projection } = openSandbox(source);
    return { projection, source, hash: createHash('sha256').update(bare).digest('hex') };
  } catch (cause) {
    throw userError(`${entry} is no projection: ${errorMessage(cause)}`, { code: 'projection-invalid', cause });
  }
};
