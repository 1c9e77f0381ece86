import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { AnyDatabase } from '../../../importers/database.ts';
import { decodeBlock, encodeBlock } from '../../../importers/staging/originals/block.ts';
import { storeOriginals, tidyOriginals } from '../../../importers/staging/originals/originals.ts';
import fc, { runs } from '../../support/fast-check.ts';
import { migratedDatabase } from '../../support/postgres/migrated-database.ts';
import { contact, property, search } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';

const original = fc.record(
  {
    legacyId: fc.string({ unit: 'binary' }),
    place: fc.string(),
    bytes: fc.uint8Array({ maxLength: 3_000 }),
    contentHash: fc.string(),
  },
  { requiredKeys: ['legacyId', 'place', 'bytes'] },
);

test('originals come out of a block as they went in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(original), async (originals) => {
      const { content, documents, size } = await encodeBlock(originals);
      assert.equal(documents, originals.length);
      const decoded = await decodeBlock(content);
      assert.ok(size >= decoded.reduce((sum, { bytes }) => sum + bytes.length, 0));
      const plain = ({ legacyId, place, bytes, contentHash }: (typeof decoded)[number]) => [
        legacyId,
        place,
        Buffer.from(bytes).toString('hex'),
        contentHash,
      ];
      assert.deepEqual(
        decoded.map(plain),
        originals.map((one) => plain({ contentHash: undefined, ...one })),
      );
    }),
    { numRuns: runs(50) },
  );
});

/** Every stored original that is current, as `collection/id hash`; fails if a block counts otherwise. */
const currentOriginals = async (db: AnyDatabase): Promise<string[]> => {
  const { rows } = await sql<{ block: string; collection: string; current: number; content: Buffer }>`
    select block, collection, current, content from ops.import_original order by block`.execute(db);
  const found: string[] = [];
  for (const { block, collection, current, content } of rows) {
    const { rows: pointers } = await sql<{ legacy_id: string }>`
      select legacy_id from ops.import_document where original_block = ${block}::bigint`.execute(db);
    assert.equal(pointers.length, current, `block ${block}`);
    const ids = new Set(pointers.map(({ legacy_id }) => legacy_id));
    for (const { legacyId, bytes } of await decodeBlock(content))
      if (ids.has(legacyId)) found.push(`${collection}/${legacyId} ${hash('sha1', bytes, 'base64')}`);
  }
  return found.sort();
};

const onFile = async (db: AnyDatabase): Promise<string[]> => {
  const { rows } = await sql<{ line: string }>`
    select collection || '/' || legacy_id || ' ' || content_hash as line from ops.import_document`.execute(db);
  return rows.map(({ line }) => line).sort();
};

test('the original of every document on file is kept, and only of the version on file', async (t) => {
  const importer = await testImporter(t);
  const { db } = importer;
  const [buyer, home] = [contact({ email: 'ana@example.com' }), property({ price: 450_000 })];
  const wish = search(buyer._id, { frequency: 'daily' });
  const dump = { contacts: [buyer, contact()], properties: [home, property()], savedsearches: [wish] };
  await importer.import(dump);
  assert.equal((await onFile(db)).length, 5);
  assert.deepEqual(await currentOriginals(db), await onFile(db));

  const edited = { ...home, price: 440_000, updatedAt: new Date('2026-05-01T00:00:00Z') };
  await importer.import({ ...dump, properties: [edited, property()] });
  assert.deepEqual(await currentOriginals(db), await onFile(db));

  // A different form with the same meaning is another original.
  await importer.import({ ...dump, savedsearches: [{ ...wish, ignored: 1 }] });
  assert.deepEqual(await currentOriginals(db), await onFile(db));
});

test('a block is deleted as soon as nothing in it is current, and small ones are joined', async (t) => {
  const db = await migratedDatabase(t);
  const store = async (legacyId: string, text: string, replaced: readonly string[] = []) => {
    const block = await encodeBlock([{ legacyId, place: 'p', bytes: Buffer.from(text) }]);
    const stored = (await storeOriginals(db, 'contacts', { block, legacyIds: [legacyId], replaced }))(legacyId)!;
    await sql`
      insert into ops.import_document (collection, legacy_id, content_hash, payload, import_run_id, original_block)
      values ('contacts', ${legacyId}, ${hash('sha1', text, 'base64')}, '{}', 1, ${stored}::bigint)
      on conflict (collection, legacy_id) do update set
        content_hash = excluded.content_hash, original_block = excluded.original_block`.execute(db);
    return stored;
  };
  const blocks: string[] = [];
  for (let id = 0; id < 64; id++) blocks.push(await store(`c${id}`, `first ${id}`));
  await store('c0', 'second 0', [blocks[0]!]);
  const count = async () => {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from ops.import_original`.execute(db);
    return rows[0]!.count;
  };
  assert.equal(await count(), 65);
  await tidyOriginals(db);
  assert.equal(await count(), 1);
  assert.deepEqual(await currentOriginals(db), await onFile(db));
  await tidyOriginals(db);
  assert.equal(await count(), 1);
});
