import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codeVersion } from '../../../importers/readers-version.ts';
import { temporaryFolder } from '../support/dump.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const present = codeVersion(root);

/** The version of a copy of the readers, changed. */
const versionOf = (t: { after(work: () => void): void }, change: (edit: Edit) => void): string => {
  const copy = temporaryFolder(t);
  for (const name of ['domain', 'importers', 'platform', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  change((path, edit) => {
    const before = readFileSync(join(copy, path), 'utf8');
    const after = edit(before);
    assert.notEqual(after, before, path);
    writeFileSync(join(copy, path), after);
  });
  return codeVersion(copy);
};
type Edit = (path: string, edit: (text: string) => string) => void;

const sources = ['domain', 'importers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);

describe('the version of the readers', () => {
  test('is the same in another folder, with other comments, types and line ends', (t) => {
    const version = versionOf(t, (edit) => {
      for (const path of sources)
        edit(path, (text) =>
          `// ${path}\n/** @license x */\nexport type Unused = { a: 1 };\n${text}`.replace(/\n/g, '\r\n'),
        );
    });
    assert.equal(version, present);
  });

  for (const [what, path, edit] of [
    ['a reader', 'importers/legacy/lead-history.ts', (text) => text.replace("phone: 'Call'", "phone: 'Note'")],
    ['a mapping’s code', 'importers/mappings/compile.ts', (text) => text.replace('length <= 40', 'length <= 41')],
    ['what a reader uses', 'domain/listing/mls-number.ts', (text) => text.replace('toUpperCase', 'toLowerCase')],
    ['a package', 'package.json', (text) => text.replace(/("zipcodes": ").*"/, '$18.0.1"')],
  ] as [string, string, (text: string) => string][]) {
    test(`is another one after a change to ${what}`, (t) => {
      assert.notEqual(
        versionOf(t, (change) => change(path, edit)),
        present,
      );
    });
  }
});
