import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deserialize, Long, ObjectId, serialize } from 'bson';
import { collectionPlans } from '../../../importers/collections.ts';
import { readBson } from '../../../importers/dump/read-bson.ts';
import { documentKey } from '../../../importers/legacy/fields/ids/document-id.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { bsonOptions } from '../../../importers/raw/bson-options.ts';
import { keyInBson } from '../../../importers/raw/document-key.ts';
import { outlineOf } from '../../../importers/raw/outline.ts';
import { isUnreadable } from '../../../importers/source.ts';
import { unreadFields } from '../../../importers/staging/unread-fields.ts';
import fc, { runs } from '../../support/fast-check.ts';

/** What is known of a document from its bytes alone must be what reading it would say. */

const id = fc.oneof(
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.constantFrom(null, undefined, true, new Date(0), { a: 1 }),
);
const name = fc.oneof(
  fc.constantFrom('_id', 'email', 'address', 'listPrice', 'property', 'geo', 'nickname', '__v', 'a.b', '$ref', '$id'),
  fc.string({ maxLength: 12 }).filter((text) => !text.includes('\0')),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', ' ', '\u200b', '\u00a0', 'x', null, undefined, true, 0, Number.NaN, new Date(Number.NaN)),
  fc.double(),
  fc.uint8Array({ maxLength: 8 }),
  id,
);
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { weight: 4, arbitrary: leaf },
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));
const bytesOf = fc
  .tuple(id, fc.array(fc.tuple(name, anyValue), { maxLength: 10 }))
  .map(([_id, entries]) => Buffer.from(serialize({ _id, ...Object.fromEntries(entries) }, { ignoreUndefined: false })));
/** With a few bytes changed: broken, repeated names, other types. */
const damaged = fc
  .tuple(bytesOf, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }))
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) if (copy.length > 4) copy[4 + (at % (copy.length - 4))] = byte;
    return copy;
  });

test('a document with an outline can be read, and its key is the one that reading gives', () => {
  fc.assert(
    fc.property(damaged, (bytes) => {
      if (outlineOf(bytes) === undefined) return;
      const document = deserialize(bytes, bsonOptions);
      const key = keyInBson(bytes);
      if (key !== undefined) assert.equal(key, documentKey(document._id));
    }),
    { numRuns: runs(1_000) },
  );
});

test('fields that nothing reads are counted the same from the bytes of documents', async () => {
  const mappings = await Promise.all(['home-grown', 'simplyrets'].map((each) => loadMapping(each)));
  fc.assert(
    fc.property(fc.array(damaged, { maxLength: 5 }), (documents) => {
      for (const mapping of mappings) {
        const counting = () => unreadFields(mapping.types.listings!, collectionPlans.properties.readsByName);
        const [fromBytes, fromDocuments] = [counting(), counting()];
        for (const bytes of documents) {
          const found = readBson(bytes, '');
          if (isUnreadable(found)) continue;
          fromDocuments.add(found.document);
          if (!fromBytes.addBson(bytes)) fromBytes.add(found.document);
        }
        assert.deepEqual(fromBytes.counts(), fromDocuments.counts());
      }
    }),
    { numRuns: runs(300) },
  );
});
