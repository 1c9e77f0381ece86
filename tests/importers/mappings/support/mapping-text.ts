import assert from 'node:assert/strict';
import { type CompiledMapping, compileMapping } from '../../../../importers/mappings/compile.ts';
import { readMapping } from '../../../../importers/mappings/read-mapping.ts';

/** A mapping without mistakes, from its YAML. */
export const compiled = (yaml: string): CompiledMapping => {
  const reading = readMapping(yaml);
  assert.ok('file' in reading, JSON.stringify(reading));
  return compileMapping(reading.file);
};

/** The mistakes in a mapping: `3:5 listings.fields: …`. */
export const problems = (yaml: string): string[] => {
  const reading = readMapping(yaml);
  return 'problems' in reading
    ? reading.problems.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`)
    : [];
};
