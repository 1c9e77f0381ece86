import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decimal128, Double, Int32, Long, ObjectId, serialize, UUID } from 'bson';
import { sql } from 'kysely';
import { stringify } from 'yaml';
import { collectionPlans } from '../../../importers/collections.ts';
import { emptyTrial, tryDocument } from '../../../importers/inspecting/try-mapping.ts';
import { type CompiledMapping, compileMapping } from '../../../importers/mappings/compile.ts';
import { readMapping } from '../../../importers/mappings/read-mapping.ts';
import { recordType, recordTypeNames } from '../../../importers/mappings/record-types.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { unreadFields } from '../../../importers/staging/unread-fields.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { testImporter } from '../support/importer.ts';

const names = ['a', 'b', 'email', 'price', 'status', '__proto__', 'constructor', 'x.y', '$or', '0', 'toString', 'loc'];
const name = fc.constantFrom(...names);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

/** `Object.fromEntries` keeps an entry called `__proto__` an ordinary entry. */
const documentOf = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries);

const hex = '5f0000000000000000000017';
const uuid = '550e8400-e29b-41d4-a716-446655440000';

/**
 * `_id`s, each group one to MongoDB, whatever its type; the groups differ by little more than type. Also used as
 * references, written as they are or as something else.
 */
const idGroups: readonly (readonly unknown[])[] = [
  [
    17,
    new Int32(17),
    Long.fromNumber(17),
    new Double(17),
    Decimal128.fromString('17.0'),
    Decimal128.fromString('1.7E1'),
  ],
  [0, new Double(-0), Long.ZERO],
  [Long.fromString('9007199254740993'), Decimal128.fromString('9007199254740993')],
  [Long.fromString('9007199254740992'), new Double(9007199254740992)],
  [1.5, new Double(1.5), Decimal128.fromString('1.50')],
  ['17'],
  ['17.0'],
  [' 17'],
  ['9007199254740993'],
  [new ObjectId(hex)],
  [hex],
  [hex.toUpperCase()],
  [new Date(17)],
  [new Date(17).toISOString()],
  [new UUID(uuid), new UUID(uuid).toBinary()],
  [uuid],
  [true],
  ['true'],
  [{ a: 17 }],
  [{ a: '17' }],
  ['x'],
];
const anId = fc.constantFrom(...idGroups.flatMap((ids, group) => ids.map((_id) => ({ _id, group }))));

/** What real documents have, and worse. */
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      ' ',
      'Active',
      'new',
      'never',
    ),
    fc.constantFrom<unknown>(
      'a@example.com',
      '(561) 555-0134',
      '$450,000',
      '450k',
      '3+1',
      '2/1',
      '123 Main St',
      'Call',
    ),
    fc.constantFrom<unknown>(
      Long.MAX_VALUE,
      Decimal128.fromString('9E+6000'),
      new ObjectId('5f0000000000000000000001'),
      new Date(8.64e15),
      new Date(Number.NaN),
      '\ud800\u0000',
      'x'.repeat(3_000),
    ),
    anId.map(({ _id }) => _id),
    fc.string({ maxLength: 12 }),
    fc.double(),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie('any')), { maxLength: 4 }).map(documentOf),
  ),
})).any;

const id = fc.oneof(
  { arbitrary: anId, weight: 4 },
  fc.constantFrom<unknown>(null, undefined).map((_id) => ({ _id, group: undefined })),
);
/** A document, and which of MongoDB's `_id`s it has. */
const identified = fc
  .tuple(id, fc.array(fc.tuple(name, value), { maxLength: 8 }))
  .map(([{ _id, group }, entries]) => ({ document: documentOf([['_id', _id], ...entries]), group }));
const document = identified.map(({ document }) => document);

const place = fc.oneof(
  path,
  fc.record({ path, words: fc.constant({ Active: 'Sold', '450k': null, __proto__x: 1 }) }),
  fc.record({ path, dateOrder: fc.constantFrom('day-first', 'month-first') }),
  fc.record({ path, unit: fc.oneof(fc.constant('acres'), fc.record({ path })) }),
);
const field = fc.oneof(place, fc.array(place, { minLength: 1, maxLength: 3 }), fc.constant({ constant: 'Active' }));

const mapping: fc.Arbitrary<CompiledMapping> = fc
  .tuple(
    ...recordTypeNames.map((type) => {
      const slots = recordType(type).slots;
      return fc.record({
        collections: fc.constant([recordType(type).collection]),
        fields: fc.dictionary(fc.constantFrom(...slots), field, { minKeys: 1, maxKeys: slots.length }),
      });
    }),
  )
  .map((types) => {
    const file = { name: 'random', ...Object.fromEntries(recordTypeNames.map((type, index) => [type, types[index]])) };
    return compileMapping(readable(file));
  });

/** Without the fields that it rejects: a status cannot be `Sold`, a type of property `Active`, and a price no date. */
function readable(file: Readonly<Record<string, unknown>>): MappingFile {
  const reading = readMapping(stringify(file));
  if ('file' in reading) return reading.file;
  const left = structuredClone(file) as Record<string, { readonly fields: Record<string, unknown> }>;
  for (const { key, message } of reading.problems) {
    const [type, , slot] = key.split('.') as [string, string, string];
    assert.match(message, /openhouse does not know|is not a date/);
    const { fields } = left[type]!;
    delete fields[slot];
    if (Object.keys(fields).length === 0) fields.updatedAt = 'b'; // a record type needs a field
  }
  return readable(left);
}

test('any document through any mapping is understood, understood in part, or set aside: exactly one of them', () => {
  fc.assert(
    fc.property(mapping, fc.array(document, { maxLength: 6 }), (anyMapping, documents) => {
      for (const mapped of Object.values(anyMapping.types)) {
        const trial = emptyTrial();
        const { collection } = recordType(mapped.type);
        const byName = collection === 'alerts_sent' ? () => false : collectionPlans[collection].readsByName;
        const unread = unreadFields(mapped, byName);
        for (const one of documents) {
          tryDocument(trial, mapped, one, { place: `${mapped.collections[0]!.name}/1`, now: new Date() });
          unread.add(one);
        }
        assert.equal(trial.understood + trial.inPart + trial.quarantined, documents.length);
        const failed = Object.keys(trial.quarantine).filter((code) => code.startsWith('unreadable'));
        assert.deepEqual(failed, [], 'a reader must not throw');
      }
    }),
    { numRuns: runs(60) },
  );
});

test('an import through any mapping ends, and the states of each collection add up to the documents read', async (t) => {
  const importer = await testImporter(t);
  const sample = fc.sample(fc.tuple(mapping, fc.array(identified, { minLength: 8, maxLength: 16 })), {
    numRuns: runs(3),
  });
  for (const [anyMapping, found] of sample) {
    const documents = found.map(({ document }) => document);
    const collections = recordTypeNames.map((type) => recordType(type).collection);
    const dump = Object.fromEntries(collections.map((collection) => [collection, documents]));
    const summary = await importer.import(dump, { mapping: anyMapping });
    assert.deepEqual(summary.problems, []);
    for (const [collection, counts] of Object.entries(summary.collections)) {
      const { read, applied, unchanged, merged, quarantined, skipped } = counts;
      assert.equal(read, documents.length, collection);
      assert.equal(applied + unchanged + merged + quarantined + skipped, read, collection);
      assert.ok(
        [applied, unchanged, merged, quarantined, skipped].every((count) => count >= 0),
        JSON.stringify(counts),
      );
    }
    const { rows } = await sql<{ collection: string; count: number }>`
      select collection, count(*)::int as count from ops.quarantine
      where code = 'id-twice' and import_run_id = ${summary.importRunId} and resolved_at is null group by 1`.execute(
      importer.db,
    );
    for (const collection of collections.filter((name) => name !== 'alerts_sent'))
      assert.equal(rows.find((row) => row.collection === collection)?.count ?? 0, contestedAmong(found), collection);
    assert.equal((await importer.import(dump, { mapping: anyMapping })).events, 0);
  }
});

/** How many documents have an `_id` that is also that of a different document; repetitions do not count. */
const contestedAmong = (
  found: readonly { readonly document: object; readonly group: number | undefined }[],
): number => {
  const contents = new Map<number, Set<string>>();
  for (const { document, group } of found) {
    if (group === undefined) continue;
    const content = Buffer.from(serialize(document, { ignoreUndefined: true })).toString('latin1');
    contents.set(group, (contents.get(group) ?? new Set()).add(content));
  }
  return [...contents.values()].reduce((sum, { size }) => sum + (size > 1 ? size : 0), 0);
};
