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
  ['2024-05-02', 'date'],
  ['2/5/24', 'date'],
  ['02.05.2024', 'date'],
  ['02.05.2024 10:30', 'date'],
  ['02/05/2024, 10:30 AM', 'date'],
  ['239.555.0123', 'phone number'],
  ['1.2.3', 'other'],
] as const) {
  test(`${value} looks like: ${look}`, () => assert.equal(lookOf(value), look));
}
