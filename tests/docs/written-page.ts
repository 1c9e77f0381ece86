import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../support/command.ts';

/**
 * Compares a file of the repository with its content as generated from the code. With OPENHOUSE_UPDATE_DOCS set, as by
 * `npm run docs`, it writes the file instead.
 */
export const assertWritten = (file: string, text: string): void => {
  const path = join(projectFolder, file);
  if (process.env.OPENHOUSE_UPDATE_DOCS !== undefined) writeFileSync(path, text);
  assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : '', text, `${file} is out of date: npm run docs`);
};
