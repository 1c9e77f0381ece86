import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Binary, Decimal128, Int32, Long, ObjectId, Timestamp } from 'bson';
import { sql } from 'kysely';
import type { ImportSummary } from '../../../importers/running/summarise.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { contact } from '../support/documents.ts';
import { bsonOf, writeDump } from '../support/dump.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';

const deep = (levels: number): object => {
  let inner: object = { end: true };
  for (let level = 0; level < levels; level++) inner = { a: inner };
  return inner;
};
const own = (key: string, value: unknown): object => Object.fromEntries([[key, value]]);
const year = (text: string): Date => new Date(text);

/** Each is a contact but for these fields. */
const odd: readonly object[] = [
  { $set: { name: 'x' }, $where: 'true' },
  { 'budget.max': 500_000, 'a.b.c': 1 },
  { notes: 'x'.repeat(15 * 1024 * 1024) },
  { budget: deep(90) },
  { budget: Number.NaN, phone: Number.NaN },
  { budget: Number.POSITIVE_INFINITY, bedsMin: Number.NEGATIVE_INFINITY },
  { budget: Decimal128.fromString('4.5E+6000'), bedsMin: Decimal128.fromString('1E-6000') },
  { budget: Decimal128.fromString('NaN'), bedsMin: Decimal128.fromString('-Infinity') },
  { budget: Long.fromString('9007199254740993'), phone: Long.MAX_VALUE },
  { createdAt: year('0000-01-01T00:00:00Z'), updatedAt: year('9999-12-31T23:59:59Z') },
  { createdAt: new Date(8.64e15), updatedAt: new Date(-8.64e15) },
  { name: 'Ana \ud800 L\udfffpez', tags: ['\ud83d'] },
  { name: 'Ana\u0000L\u0000pez', notes: '\u0000' },
  own('__proto__', { email: 'x@example.com' }),
  { constructor: 1, prototype: { a: 1 }, toString: 'x', hasOwnProperty: null },
  { name: 17, email: true, phone: {}, stage: [], assignedTo: [[]], budget: 'x', areas: 0, notes: new Date() },
  { name: null, email: null, phone: null, stage: null, source: null, tags: null },
  { email: [[['a@example.com']], { $numberLong: '1' }], phone: new Binary(Buffer.from('x')) },
  { name: new Timestamp({ t: 1, i: 1 }), stage: new Int32(-1), assignedTo: new ObjectId() },
];

/** Differ only by their types. */
const ids: readonly unknown[] = [
  17,
  '17',
  '17.0',
  new ObjectId('5f0000000000000000000017'),
  '5f0000000000000000000017',
  { a: 17 },
  { a: '17' },
  true,
  'true',
  new Date(17),
];

const assertBalanced = ({ collections }: ImportSummary, read: number): void => {
  const counts = collections.contacts!;
  assert.equal(counts.read, read);
  const { applied, unchanged, merged, quarantined, skipped } = counts;
  assert.equal(applied + unchanged + merged + quarantined + skipped, read, JSON.stringify(counts));
};

/** How many documents are on file, as a record or in quarantine; none may be in both. */
const onFile = async ({ db }: TestImporter): Promise<number> => {
  const { rows } = await sql<{ documents: number; twice: number }>`
    with ledger as (select legacy_id as id from ops.import_document where collection = 'contacts' and record_key is not null),
      aside as (select document_key as id from ops.quarantine where collection = 'contacts' and resolved_at is null)
    select (select count(*) from ledger)::int + (select count(*) from aside)::int as documents,
      (select count(*) from ledger join aside using (id))::int as twice`.execute(db);
  assert.equal(rows[0]!.twice, 0, 'no document has two states');
  return rows[0]!.documents;
};

test('the worst that documents can hold ends in exactly one state each, and loses nothing else', async (t) => {
  const importer = await testImporter(t);
  const contacts = [
    ...odd.map((fields) => Object.fromEntries([...Object.entries(contact()), ...Object.entries(fields)])),
    ...ids.map((_id) => ({ ...contact(), _id })),
  ];
  const summary = await importer.import({ contacts }, { acceptQuarantine: 'test' });
  assert.deepEqual(summary.problems, []);
  assertBalanced(summary, contacts.length);
  assert.equal(await onFile(importer), contacts.length);
  const again = await importer.import({ contacts }, { acceptQuarantine: 'test' });
  assert.equal(again.events, 0);
});

test('a dump that is cut off or damaged at any byte ends in a report, and what was read adds up', async (t) => {
  const good = Array.from({ length: 6 }, () => contact());
  const bytes = bsonOf(good);
  const damage = fc.record({
    length: fc.integer({ min: 5, max: bytes.length }),
    at: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
  });
  const importer = await testImporter(t);
  for (const { length, at } of fc.sample(damage, runs(4))) {
    const damaged = Buffer.from(bytes);
    for (const [place, byte] of at) damaged[place] = byte;
    const folder = writeDump(t, { contacts: [] });
    writeFileSync(join(folder, 'legacy', 'contacts.bson'), damaged.subarray(0, length));
    const summary = await importer.importFolder(folder, { acceptQuarantine: 'test' });
    assertBalanced(summary, summary.collections.contacts!.read);
  }
});
