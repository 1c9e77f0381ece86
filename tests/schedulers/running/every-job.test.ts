import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { jobs } from '../../../schedulers/jobs.ts';

test('every job that is defined is listed in schedulers/jobs.ts', () => {
  const folder = new URL('../../../schedulers/', import.meta.url);
  const defined = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(new URL(path, folder), 'utf8').matchAll(/ = defineJob\(\{\s*name: '([^']+)'/g)])
    .map(([, name]) => name);
  const listed = jobs.map(({ name }) => name);
  assert.deepEqual(listed.sort(), defined.sort(), 'list each job in schedulers/jobs.ts');
});
