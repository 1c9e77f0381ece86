import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Edit, edited, type RawDocument, updateOf } from '../../../../importers/owned/writing/edits.ts';
import { sharedMongo, withMongo } from '../../../support/mongo-server.ts';

const cases: readonly (readonly [string, object, readonly Edit[], object])[] = [
  ['a field of a sub-document', { a: { b: 1, c: 2 } }, [{ path: 'a.b', value: 3 }], { a: { b: 3, c: 2 } }],
  ['a field of a sub-document that is not there', {}, [{ path: 'a.b.c', value: 3 }], { a: { b: { c: 3 } } }],
  ['a field inside of null', { a: null }, [{ path: 'a.b.c', value: 3 }], { a: { b: { c: 3 } } }],
  [
    'several fields inside of null',
    { a: { b: null, x: 1 } },
    [
      { path: 'a.b.c', value: 3 },
      { path: 'a.b.d', value: 4 },
    ],
    { a: { b: { c: 3, d: 4 }, x: 1 } },
  ],
  [
    'a whole that is emptied, and a part of it',
    { a: { b: 1 }, x: 1 },
    [
      { path: 'a', value: null },
      { path: 'a.c', value: 3 },
    ],
    { a: { c: 3 }, x: 1 },
  ],
  ['an item of a list', { a: [{ b: 1 }, { b: 2 }] }, [{ path: 'a.1.b', value: 3 }], { a: [{ b: 1 }, { b: 3 }] }],
  ['the first item of a list that is not there', {}, [{ path: 'a.0.b', value: 3 }], { a: [{ b: 3 }] }],
  [
    'two fields of the first item of a list that is not there',
    { a: null },
    [
      { path: 'a.0.b', value: 3 },
      { path: 'a.0.c', value: 4 },
    ],
    { a: [{ b: 3, c: 4 }] },
  ],
  ['the first item of an empty list', { a: [] }, [{ path: 'a.0.b', value: 3 }], { a: [{ b: 3 }] }],
  ['a field that is removed', { a: { b: 1, c: 2 } }, [{ path: 'a.b', value: undefined }], { a: { c: 2 } }],
  ['a field that is removed, and is not there', { x: 1 }, [{ path: 'a.b', value: undefined }], { x: 1 }],
];

for (const [what, before, edits, after] of cases)
  test(`MongoDB makes of a document what was planned: ${what}`, withMongo, async () => {
    const document = { _id: 'x', ...before } as RawDocument;
    assert.deepEqual(edited(document, edits), { _id: 'x', ...after });
    const collection = (await sharedMongo()).client.db().collection('edited');
    await collection.insertOne(document as never);
    const { filter, update } = updateOf(document, edits);
    const { matchedCount } = await collection.updateOne(filter as never, update as never);
    assert.deepEqual([matchedCount, await collection.findOne()], [1, { _id: 'x', ...after }]);
  });

test('an edit through every item of a list, or through a value, is not possible', () => {
  assert.equal(edited({ a: [{ b: 1 }] }, [{ path: 'a.b', value: 3 }]), undefined);
  assert.equal(edited({ a: 'text' }, [{ path: 'a.b', value: 3 }]), undefined);
  assert.equal(edited({ a: [1] }, [{ path: 'a.7', value: 3 }]), undefined);
});
