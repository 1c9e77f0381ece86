import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObjectId } from 'bson';
import { sql } from 'kysely';
import { formerDocumentKey } from '../../../importers/legacy/fields/ids/former-key.ts';
import { alertSent, contact, property, search } from '../support/documents.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';

const hex = (digit: string) => digit.repeat(24);
const buyer = contact({ _id: hex('a') });
const home = property({ _id: '17' });
const wish = search(hex('a'), { _id: hex('b') });
const dump = {
  contacts: [buyer],
  properties: [home],
  savedsearches: [wish],
  alerts_sent: [alertSent(hex('b'), '17', new Date('2025-03-01T00:00:00Z'))],
};

/** The ledger as left by a release in which a text had the key of a number or ObjectId that is written the same. */
const asBefore = async ({ db }: TestImporter) => {
  for (const [table, column] of [
    ['import_document', 'legacy_id'],
    ['import_identity', 'legacy_id'],
    ['import_address', 'legacy_id'],
    ['quarantine', 'document_key'],
  ] as const) {
    await sql`update ${sql.table(`ops.${table}`)} set ${sql.ref(column)} = trim(both '"' from ${sql.ref(column)})`.execute(
      db,
    );
  }
  await sql`update ops.import_record set applied = replace(applied::text, '\\"', '')::json`.execute(db);
  await sql`update ops.import_alert_sent set search_ref = replace(search_ref, 'ref:', 'id:'), listing_ref = replace(listing_ref, 'ref:', 'id:')`.execute(
    db,
  );
  await sql`truncate ops.import_document_name`.execute(db);
};

test('recognises documents that an older release knew by other keys: the same dump appends nothing', async (t) => {
  const importer = await testImporter(t);
  await importer.import(dump);
  await asBefore(importer);
  const { collections, events, notes } = await importer.import(dump);
  assert.equal(events, 0);
  for (const counts of Object.values(collections)) assert.equal(counts.unchanged, counts.read);
  assert.ok(!notes.some((note) => note.includes('not in this one')));
});

test('such a document remains the same record if it has changed since', async (t) => {
  const importer = await testImporter(t);
  await importer.import(dump);
  await asBefore(importer);
  const before = (await importer.events()).length;
  const changed = { ...wish, query: { city: 'Delray Beach' }, updatedAt: new Date('2025-04-01T00:00:00Z') };
  await importer.import({ ...dump, savedsearches: [changed] });
  assert.deepEqual(await importer.types(before), ['CriteriaChanged']);
});

test('a document whose ID is written the same but has another type is new', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ contacts: [contact({ _id: new ObjectId(hex('c')) })] });
  const other = contact({ _id: hex('c'), createdAt: new Date('2025-01-02T00:00:00Z') });
  const { events } = await importer.import({ contacts: [other] });
  assert.equal(events, 1);
});

test('if two documents shared a key, the one that still has that key keeps the record', async (t) => {
  const importer = await testImporter(t);
  await importer.import({ properties: [property({ _id: 17, mlsId: 'RX-1' })] });
  await importer.import({ properties: [property({ _id: '17', mlsId: 'RX-1' }), property({ _id: 17, mlsId: 'RX-2' })] });
  const { rows } = await sql`
    select legacy_id, count(*) over (partition by record_key)::int as documents from ops.import_document order by 1`.execute(
    importer.db,
  );
  assert.deepEqual(rows, [
    { legacy_id: '"17"', documents: 1 },
    { legacy_id: '17', documents: 1 },
  ]);
});

test('text, numbers and ObjectIds had the same former key if they are written the same', () => {
  assert.equal(formerDocumentKey('17'), formerDocumentKey(17));
  assert.equal(formerDocumentKey(hex('a')), formerDocumentKey(new ObjectId(hex('a'))));
  assert.equal(formerDocumentKey(undefined), undefined);
});
