import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTaken, takes } from '../../../importers/mappings/filter.ts';

test('a document on which the filter fails is not left out, so its reader reports what is wrong with it', () => {
  let deep: unknown = 'Buyer';
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const where: Parameters<typeof takes>[1] = [['kind', 'Buyer']];
  assert.throws(() => isTaken({ kind: deep }, where), RangeError);
  assert.equal(takes({ kind: deep }, where), true);
  assert.equal(takes({ kind: ['Seller'] }, where), false);
});
