import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { jobs } from '../../../schedulers/jobs.ts';

test('every job that is defined is in the list, and so runs', () => {
  const folder = new URL('../../../schedulers/', import.meta.url);
  const defined = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(new URL(path, folder), 'utf8').matchAll(/ = defineJob\(\{\s*name: '([^']+)'/g)])
    .map(([, name]) => name);
  assert.deepEqual(jobs.map(({ name }) => name).sort(), defined.sort());
});
