import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, removeFolder } from '../temporary-folder.ts';

/** The variable by which `tests/run.ts` passes the bundled program of the event store. */
export const eventStoreEntryVariable = 'OPENHOUSE_TEST_EVENTSTORE_ENTRY';
/** Below the project's folder. */
export const eventStoreProgram = 'eventstore/embedded/main.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

/** The event store's program in one file: hundreds of tests start one, and reading its sources takes most of a start. */
export const bundleEventStore = async (): Promise<{ readonly file: string; remove(): void }> => {
  const { build } = await import('esbuild');
  const folder = makeTemporaryFolder();
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'event-store.mjs');
  await build({
    entryPoints: [join(project, eventStoreProgram)],
    outfile: file,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return { file, remove: () => removeFolder(folder) };
};
