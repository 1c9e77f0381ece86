import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { projectionEntries } from '../../../projections/registry.ts';

test('every read model has a specification', () => {
  const folders = projectionEntries.map(({ entry }) => basename(dirname(entry)));
  const missing = folders.filter((folder) => !existsSync(new URL(`./${folder}.test.ts`, import.meta.url)));
  assert.deepEqual(missing, [], 'write tests/projections/read-models/<read model>.test.ts for these');
});
