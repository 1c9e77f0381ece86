import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** Folders whose code, with everything that it uses, determines how documents of the old CRM are read. */
const folders = ['importers/legacy', 'importers/mappings'];

/** Packages that do so too. */
const packages = ['bson', 'html-to-text', 'libphonenumber-js', 'zipcodes'];

/** Folders whose code finds out which documents have not changed. */
const stagingFolders = ['importers/raw', 'importers/staging', 'importers/alerts-sent'];

const here = fileURLToPath(new URL('../', import.meta.url));

/** The rule by which documents become one record. */
const groupingFiles = ['./importers/staging/grouping/group-documents.ts'];

/** The rules by which references find documents. */
const referencesFiles = [
  './importers/staging/references/references.ts',
  './importers/staging/references/waits-for.ts',
  './importers/alerts-sent/known-alerts.ts',
];

let code: string | undefined;
let stagingCode: string | undefined;
let groupingCode: string | undefined;
let referencesCode: string | undefined;

/**
 * Identifies what reads documents, the code and a mapping's version: the same code gives the same version on any
 * machine, and a change to it gives another one. The ledger stores with each document which version read it. An
 * unchanged document is only read again by a different version.
 */
export const readersVersion = ({ version }: { readonly version: string }): string => {
  code ??= codeVersion(here);
  return `${code}-${version}`;
};

/** Whether a document was last read with this version of a mapping, by any release. @param readers see `readersVersion` */
export const isReadWith = (readers: string, { version }: { readonly version: string }): boolean =>
  readers.endsWith(`-${version}`);

/**
 * Identifies what looks at documents, with or without reading them: what is remembered of many documents together counts only for
 * the same version. Any change to that code gives another one; then each document is looked up once more.
 */
export const pagesVersion = (type: { readonly version: string }): string => {
  stagingCode ??= hash('sha256', JSON.stringify(stagingFolders.flatMap(textsIn)), 'base64url').slice(0, 16);
  return `${readersVersion(type)}-${stagingCode}`;
};

/**
 * Identifies the rule by which documents become one record: what one version has grouped, another one must look at as a
 * whole.
 */
export const groupingVersion = (): string => {
  groupingCode ??= hashOfCode(here, groupingFiles);
  return groupingCode;
};

/**
 * Identifies the rules by which references find documents: what one version has looked up, another one must look up again.
 */
export const referencesVersion = (): string => {
  referencesCode ??= hashOfCode(here, referencesFiles);
  return referencesCode;
};

/**
 * A hash of the readers' code as esbuild minifies it, so that comments, types and layout do not matter, nor does code
 * that no reader uses. Takes a twentieth of a second of processor time.
 *
 * @param root the folder of openhouse
 */
export const codeVersion = (root: string): string =>
  hashOfCode(
    root,
    folders.flatMap((folder) => filesIn(root, folder).map((path) => `./${folder}/${path}`)),
  );

const hashOfCode = (root: string, paths: readonly string[]): string => {
  const { outputFiles } = buildSync({
    stdin: { contents: exportsOf(paths).join('\n'), resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    packages: 'external',
    // Short names would depend on which letters the types use.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    charset: 'utf8',
    tsconfigRaw: {},
    write: false,
    logLevel: 'silent',
  });
  return hash('sha256', JSON.stringify([outputFiles[0]!.text, packageVersions(root)]), 'base64url').slice(0, 16);
};

const textsIn = (folder: string): string[] =>
  filesIn(here, folder).map((path) => readFileSync(join(here, folder, path), 'utf8').replaceAll('\r\n', '\n'));

/** Each file's exports under a name of their own. */
const exportsOf = (paths: readonly string[]): string[] =>
  paths.map((path) => `export * as ${path.replace(/\W/g, '_')} from '${path}';`);

const filesIn = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort();

/** Our dependencies are pinned, so `package.json` has the installed versions. */
const packageVersions = (root: string): (string | undefined)[] => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return packages.map((name) => dependencies[name]);
};
