import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** The variable by which `tests/run.ts` passes the bundled program of the event store. */
export const eventStoreEntryVariable = 'OPENHOUSE_TEST_EVENTSTORE_ENTRY';
/** Below the project's folder. */
export const eventStoreProgram = 'eventstore/embedded/main.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** The event store's program in one file: hundreds of tests start one, and reading its sources takes most of a start. */
export const bundleEventStore = (): Promise<Bundle> => bundleProgram(eventStoreProgram);

export type Bundle = { readonly file: string; remove(): void };

/** Packages that look for files beside their own, and those that others can use and that are not installed. */
const external = [
  'esbuild',
  'pg-native',
  'mongodb-client-encryption',
  '@mongodb-js/zstd',
  '@aws-sdk/credential-providers',
  'gcp-metadata',
  'kerberos',
  'snappy',
  'socks',
  'aws4',
];

/**
 * A program of this project in one file, with all packages that it uses: finding and reading their hundreds of files takes most of a
 * start. It still finds what stands beside its sources.
 */
export const bundleProgram = async (program: string): Promise<Bundle> => {
  const { build } = await import('esbuild');
  const folder = makeTemporaryFolder();
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'program.mjs');
  await build({
    entryPoints: [join(project, program)],
    outfile: file,
    bundle: true,
    external,
    platform: 'node',
    format: 'esm',
    // What packages in CommonJS expect.
    banner: {
      js: [
        "import { createRequire as requiring } from 'node:module';",
        `const require = requiring(${JSON.stringify(pathToFileURL(file).href)});`,
        `const [__filename, __dirname] = ${JSON.stringify([file, folder])};`,
      ].join('\n'),
    },
    logLevel: 'error',
    plugins: [
      {
        name: 'addresses',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
            loader: 'ts',
          })),
      },
    ],
  });
  return { file, remove: () => removeFolder(folder) };
};
