import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../support/command.ts';

/**
 * Compares a file of the repository with what the code says it must be. With OPENHOUSE_UPDATE_DOCS set, as `npm run docs` sets it, it is
 * written instead.
 */
export const assertWritten = (file: string, text: string): void => {
  const path = join(projectFolder, file);
  if (process.env.OPENHOUSE_UPDATE_DOCS !== undefined) writeFileSync(path, text);
  assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text, `${file} is out of date: npm run docs`);
};
