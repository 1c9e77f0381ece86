import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShown } from '../../domain/listing/index.ts';
import { standardStatuses } from '../../domain/reso.ts';
import { type HomeForSale, type KnownHome, knownAfter, newsOf } from '../../matching/news.ts';
import fc from '../support/fast-check.ts';

const home: fc.Arbitrary<HomeForSale> = fc.record({
  standardStatus: fc.constantFrom(...standardStatuses),
  listPrice: fc.constantFrom(null, 440_000, 450_000, 460_000),
});
const active = (listPrice: number | null): HomeForSale => ({ standardStatus: 'Active', listPrice });

test('a home that the buyer does not know is new, whatever it cost before', () => {
  assert.deepEqual(newsOf(null, active(440_000)), { changeType: 'New Listing', previousListPrice: null });
});

test('a home that the buyer does not know is not news while it is off the market', () => {
  assert.equal(newsOf(null, { standardStatus: 'Pending', listPrice: 440_000 }), null);
});

test('a price that differs from the last one sent is news, with that one', () => {
  assert.deepEqual(newsOf(active(450_000), active(440_000)), {
    changeType: 'Price Change',
    previousListPrice: 450_000,
  });
});

test('a price that becomes unknown or known again is not a change', () => {
  assert.equal(newsOf(active(450_000), active(null)), null);
  assert.equal(newsOf(active(null), active(450_000)), null);
});

test('a home that comes back at a new price reports both', () => {
  assert.deepEqual(newsOf({ standardStatus: 'Pending', listPrice: 450_000 }, active(440_000)), {
    changeType: 'Back On Market',
    previousListPrice: 450_000,
  });
});

test('Closed after Pending is not news', () => {
  const known: KnownHome = { standardStatus: 'Pending', listPrice: 450_000 };
  assert.equal(newsOf(known, { standardStatus: 'Closed', listPrice: 445_000 }), null);
});

test('nothing is sent again while nothing changes', () => {
  fc.assert(
    fc.property(fc.array(home, { minLength: 1 }), (states) => {
      let known: KnownHome | null = null;
      for (const now of states) {
        const news = newsOf(known, now);
        if (news === null) continue;
        known = knownAfter(known, now);
        assert.equal(newsOf(known, now), null);
        assert.equal(newsOf(known, { ...now, listPrice: null }), null, 'nor when the price becomes unknown');
      }
    }),
  );
});

test('a buyer who gets all news knows whether the home is for sale, and the price', () => {
  fc.assert(
    fc.property(fc.array(home), (states) => {
      let known: KnownHome | null = null;
      let lastPrice: number | null = null;
      for (const now of states) {
        if (newsOf(known, now) !== null) known = knownAfter(known, now);
        if (isShown(now.standardStatus)) lastPrice = now.listPrice ?? lastPrice;
      }
      const end = states.at(-1);
      if (end === undefined || known === null) return;
      assert.equal(isShown(known.standardStatus), isShown(end.standardStatus));
      if (isShown(end.standardStatus) && end.listPrice !== null && known.listPrice !== null) {
        assert.equal(known.listPrice, end.listPrice);
      }
    }),
  );
});
