import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatField } from '../../history/format.ts';

test('amounts of money are shown with two digits of cents, or none', () => {
  assert.equal(formatField('listing', 'listPrice', 450_000), '$450,000');
  assert.equal(formatField('listing', 'closePrice', 450_000.5), '$450,000.50');
});
