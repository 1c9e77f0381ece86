import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { changedFields, sameMeaning, sameValue } from '../../domain/changes.ts';
import fc from '../support/fast-check.ts';

suite('what counts as a change of a field', () => {
  test('a list of words in another order or case is not a change', () => {
    const known = { features: ['Pool', 'Waterfront'], tags: ['VIP'] };
    assert.deepEqual(changedFields(known, { features: ['waterfront', 'POOL'], tags: ['vip', 'vip'] }), {});
  });

  test('a word more or less is a change', () => {
    assert.deepEqual(changedFields({ features: ['Pool', 'Spa'] }, { features: ['pool'] }), { features: ['pool'] });
    assert.deepEqual(changedFields({ legacyIds: ['Abc'] }, { legacyIds: ['Abc', 'abc'] }), {
      legacyIds: ['Abc', 'abc'],
    });
  });

  test('order matters where a list is not one of words: photos, polygons, working hours', () => {
    for (const [before, after] of [
      [
        [{ mediaURL: 'a' }, { mediaURL: 'b' }],
        [{ mediaURL: 'b' }, { mediaURL: 'a' }],
      ],
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [3, 4],
          [1, 2],
        ],
      ],
      [{ mon: ['09:00', '17:00'] }, { mon: ['17:00', '09:00'] }],
    ]) {
      assert.equal(sameMeaning(before, after), false);
    }
  });

  test('a correction may change the spelling of a word', () => {
    const changes = changedFields({ features: ['pool'] }, { features: ['Pool'] }, sameValue);
    assert.deepEqual(changes, { features: ['Pool'] });
  });

  test('any list of words means the same shuffled and in upper or lower case', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (words, luck) => {
          const shuffled = words
            // A word may be there twice, in both cases.
            .flatMap((word) => [[word.toUpperCase()], [word], [word, word.toUpperCase()]][luck.next().value! % 3]!)
            .map((word) => ({ word, at: luck.next().value! }))
            .sort((a, b) => a.at - b.at)
            .map(({ word }) => word);
          assert.ok(sameMeaning(words, shuffled));
          const [first] = shuffled;
          const fewer = shuffled.filter((word) => word.toLowerCase() !== first?.toLowerCase());
          assert.ok(words.length === 0 || !sameMeaning(words, fewer));
        },
      ),
    );
  });
});
