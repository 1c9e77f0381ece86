import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookOf } from '../../../importers/masking/value-looks.ts';

for (const [value, look] of [
  ['999,000 USD', 'amount'],
  ['85000 USD', 'amount'],
  ['€ 450.000', 'amount'],
  ['1.2M $', 'amount'],
  ['6 Schlafzimmer', 'number of bedrooms'],
  ['3 BR', 'number of bedrooms'],
  ['2 Bäder', 'number of bathrooms'],
  ['4 Zimmer', 'number of rooms'],
  ['120 m²', 'area'],
  ['1,850 SqFt', 'area'],
  ['12 Ocean Blvd', 'other'],
  ['6 Main', 'other'],
] as const) {
  test(`${value} looks like: ${look}`, () => assert.equal(lookOf(value), look));
}
