import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/** Folders whose code decides what a document of the old CRM means to us. */
const folders = ['importers/legacy/', 'domain/'];

/** Packages that do so. */
const packages = ['bson', 'html-to-text', 'libphonenumber-js', 'zipcodes'];

let version: string | undefined;

/**
 * Identifies the code that reads documents: the same for the same code on any machine, another for any change to it (even of a
 * comment: then documents are read again once, and give nothing new). The ledger keeps with each document which version read it; a
 * document that did not change is only read again by another version.
 */
export const readersVersion = (): string => {
  version ??= hash('sha256', JSON.stringify([...folders.flatMap(sourcesIn), packageVersions()]), 'base64url').slice(
    0,
    16,
  );
  return version;
};

const sourcesIn = (folder: string): [path: string, text: string][] =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => [path, readFileSync(new URL(path, root), 'utf8').replaceAll('\r\n', '\n')]);

/** Ours are pinned, so `package.json` says which version is there. */
const packageVersions = (): (string | undefined)[] => {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return packages.map((name) => dependencies[name]);
};
