import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../../importers/legacy/reading.ts';

/** What is found in the old CRM, what it says, and the warning that goes with it. */
export type Case<Value> = readonly [found: unknown, value: Value | undefined, warning?: string];

/** Holds a reader against every spelling of a field; nothing found is nothing said, and no reason to warn. */
export const table = <Value>(name: string, read: (found: unknown) => Reading<Value>, cases: readonly Case<Value>[]) =>
  test(name, () => {
    for (const [found, value, warning] of cases) {
      const reading = read(found);
      const what = `${name}: ${JSON.stringify(found)}`;
      assert.deepEqual(reading.value, value, what);
      assert.equal(reading.warning, warning, what);
    }
    for (const found of [undefined, null, '', '  ']) {
      const { value, warning } = read(found);
      assert.equal(warning, undefined, `${name}: nothing is no reason to warn`);
      if (typeof value !== 'object') assert.equal(value, undefined);
    }
  });

/** Several spellings of one thing. */
export const all = (founds: readonly unknown[], value: string): Case<string>[] => founds.map((found) => [found, value]);

/** A reading of a part of what was read. */
export function mapReading<From, To>({ value, warning }: Reading<From>, map: (value: From) => To): Reading<To> {
  return { ...(value !== undefined && { value: map(value) }), ...(warning !== undefined && { warning }) };
}
