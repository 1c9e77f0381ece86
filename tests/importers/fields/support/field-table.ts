import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../../../importers/legacy/reading.ts';

/** The value in the old CRM, the value that is read from it, and the warning that comes with it. */
export type Case<Value> = readonly [found: unknown, value: Value | undefined, warning?: string];

/** Checks a reader against every spelling of a field. A missing value gives neither a value nor a warning. */
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
      assert.equal(warning, undefined, `${name}: a missing value gives no warning`);
      if (typeof value !== 'object') assert.equal(value, undefined);
    }
  });

/** Several spellings of the same value. */
export const all = (founds: readonly unknown[], value: string): Case<string>[] => founds.map((found) => [found, value]);

/** Maps the value of a reading. */
export function mapReading<From, To>({ value, warning }: Reading<From>, map: (value: From) => To): Reading<To> {
  return { ...(value !== undefined && { value: map(value) }), ...(warning !== undefined && { warning }) };
}
