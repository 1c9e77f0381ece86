import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from '../../../importers/apply/in-flight.ts';

test('items that arrive during earlier work are worked on together, and a failure only affects its own batch', async () => {
  const batches: number[][] = [];
  const hand = together(async (items: readonly number[]) => {
    batches.push([...items]);
    await new Promise((resolve) => setImmediate(resolve));
    if (items.includes(3)) throw new Error('three');
  });
  const first = hand(1);
  await Promise.resolve();
  await Promise.resolve();
  const others = [hand(2), hand(3), hand(4)];
  await first;
  assert.deepEqual(batches, [[1], [2, 3, 4]]);
  const last = hand(5);
  for (const one of others) await assert.rejects(one, /three/);
  await last;
  assert.deepEqual(batches.at(-1), [5]);
});
