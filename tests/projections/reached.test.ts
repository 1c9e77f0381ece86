import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { noteReached, untilReached } from '../../projections/engine/feeding/writing/reached.ts';

const at = (commit: bigint) => ({ commit, prepare: commit });
const aMinute = 60_000;

test('a caller that waits for a read model continues once it is written that far, and not before', async () => {
  let woken = false;
  const waiting = untilReached('prices', at(5n), aMinute).then(() => {
    woken = true;
  });
  noteReached('prices', at(4n));
  noteReached('homes', at(6n));
  await turn();
  assert.equal(woken, false);
  noteReached('prices', at(5n));
  await waiting;
});

test('a wait ends after its time limit', async () => {
  await untilReached('prices', at(5n), 1);
});
