import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelOf } from '../../domain/catalogue/record-fields.ts';
import { formatField } from '../../history/format.ts';

test('amounts of money are shown with two digits of cents, or none', () => {
  assert.equal(formatField('listing', 'listPrice', 450_000), '$450,000');
  assert.equal(formatField('listing', 'closePrice', 450_000.5), '$450,000.50');
});

test('a fee is shown under its label, in dollars, also when it is 0', () => {
  assert.equal(labelOf('listing', 'associationFee'), 'Association fee');
  assert.equal(formatField('listing', 'associationFee', 412.5), '$412.50');
  assert.equal(formatField('listing', 'associationFee', 0), '$0');
  assert.equal(formatField('listing', 'associationFeeFrequency', 'Semi-Annually'), 'Semi-Annually');
});
