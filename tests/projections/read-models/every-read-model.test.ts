import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { projectionEntries } from '../../../projections/registry.ts';

const folders = projectionEntries.map(({ entry }) => basename(dirname(entry)));

for (const folder of folders) {
  test(`${folder} has a specification, which has a case for every event type`, () => {
    const file = new URL(`./${folder}.test.ts`, import.meta.url);
    assert.ok(existsSync(file), `write tests/projections/read-models/${folder}.test.ts`);
    assert.match(readFileSync(file, 'utf8'), /= specification\(/, '`specification` checks the cases');
  });
}
