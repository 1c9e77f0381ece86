import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/** Folders whose code determines how documents of the old CRM are read. */
const folders = ['importers/legacy/', 'importers/mappings/', 'domain/'];

/** Packages that do so too. */
const packages = ['bson', 'html-to-text', 'libphonenumber-js', 'zipcodes'];

let code: string | undefined;

/**
 * Identifies what reads documents, the code and a mapping's version: the same code gives the same version on any machine, and any change to it
 * gives another one (even to a comment; then documents are read again once, without effect). The ledger stores with
 * each document which version read it. An unchanged document is only read again by a different version.
 */
export const readersVersion = ({ version }: { readonly version: string }): string => `${codeVersion()}-${version}`;

const codeVersion = (): string => {
  code ??= hash('sha256', JSON.stringify([...folders.flatMap(sourcesIn), packageVersions()]), 'base64url').slice(0, 16);
  return code;
};

const sourcesIn = (folder: string): [path: string, text: string][] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => [path, readFileSync(new URL(path, root), 'utf8').replaceAll('\r\n', '\n')]);

/** Our dependencies are pinned, so `package.json` has the installed versions. */
const packageVersions = (): (string | undefined)[] => {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return packages.map((name) => dependencies[name]);
};
