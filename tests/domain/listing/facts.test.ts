import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsInWords } from '../../../domain/listing/index.ts';

test('an association fee is a fact with its frequency, where one is known', () => {
  assert.deepEqual(factsInWords({ associationFee: 1_350, associationFeeFrequency: 'Semi-Annually' }), [
    'HOA $1,350 semi-annually',
  ]);
  assert.deepEqual(factsInWords({ associationFee: 412.5 }), ['HOA $412.50']);
});

test('a fee of 0 is shown, and an unknown fee is not', () => {
  assert.deepEqual(factsInWords({ associationFee: 0, associationFeeFrequency: 'Monthly' }), ['no HOA fee']);
  assert.deepEqual(factsInWords({ associationFee: null, associationFeeFrequency: 'Monthly' }), []);
});
