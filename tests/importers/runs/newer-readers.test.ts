import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { serialize } from 'bson';
import { sql } from 'kysely';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { readersVersion } from '../../../importers/readers-version.ts';
import { activity, contact, property, search } from '../support/documents.ts';
import type { Documents } from '../support/dump.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';

const buyer = contact({ stage: 'new' });
const home = property({ _id: 'home', price: 450_000 });
const wish = search(buyer._id, { frequency: 'daily' });
const call = activity(buyer._id, { body: 'Left voicemail' });
const dump: Documents = { contacts: [buyer], properties: [home], savedsearches: [wish], activities: [call] };

/**
 * Leaves the ledger as an older release would have, whose readers read the documents of `dump` as the present readers
 * read those of `read`: with the hashes of the documents of `dump`, and the results for those of `read`.
 */
const importedByOlderReaders = async (importer: TestImporter, read: Documents, readers: string | null = 'older') => {
  await importer.import(read);
  for (const [collection, documents] of Object.entries(dump)) {
    for (const document of documents) {
      const contentHash = hash('sha1', serialize(document), 'base64');
      await sql`
        update ops.import_document set content_hash = ${contentHash}, readers = ${readers}
        where collection = ${collection} and legacy_id = ${String((document as { _id: unknown })._id)}`.execute(
        importer.db,
      );
    }
  }
};

const versions = async ({ db }: TestImporter) => {
  const { rows } = await sql<{
    readers: string | null;
    read_again: boolean;
  }>`select distinct case when readers = any (${present}::text[]) then 'present' else readers end as readers, read_again
    from ops.import_document`.execute(db);
  return rows;
};
const present = Object.values((await loadMapping()).types).map(readersVersion);
const settled = [{ readers: 'present', read_again: false }];

test('an unchanged document that newer readers read differently is corrected, which is not a change in the market', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, {
    ...dump,
    properties: [{ ...home, price: 45_000, status: 'Pending', beds: 3 }],
  });
  const before = (await importer.events()).length;

  const { events, collections } = await importer.import(dump);
  assert.deepEqual(await importer.types(before), ['ListingDetailsCorrected']);
  const [corrected] = (await importer.events()).slice(before);
  assert.deepEqual(corrected?.event?.data, {
    changes: { listPrice: 450_000, standardStatus: 'Active', mlsStatus: 'Active', bedroomsTotal: null },
  });
  assert.equal(events, 1);
  assert.equal(collections.properties?.applied, 1);
  assert.equal(collections.contacts?.unchanged, 1);
  assert.deepEqual(await versions(importer), settled);

  assert.equal((await importer.import(dump)).events, 0);
});

test('a lead whose stage newer readers read differently is corrected', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, { ...dump, contacts: [{ ...buyer, stage: 'hot', phone: '561-555-0134' }] });
  const before = (await importer.events()).length;
  await importer.import(dump);
  const types = await importer.types(before);
  assert.deepEqual([...new Set(types)], ['LeadDetailsCorrected']);
});

test('a saved search that newer readers do not understand is put on hold', async (t) => {
  const importer = await testImporter(t);
  const monthly = { ...wish, frequency: 'monthly' };
  const { frequency: _, ...withoutFrequency } = wish;
  await importer.import({ ...dump, savedsearches: [withoutFrequency] });
  const contentHash = hash('sha1', serialize(monthly), 'base64');
  await sql`update ops.import_document set content_hash = ${contentHash}, readers = 'older'
    where collection = 'savedsearches'`.execute(importer.db);
  const before = (await importer.events()).length;
  await importer.import({ ...dump, savedsearches: [monthly] });
  assert.deepEqual(await importer.types(before), ['SavedSearchPutOnHold']);
});

test('documents that newer readers read the same way append nothing, and are only hashed from then on', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, dump, null);
  const again = await importer.import(dump);
  assert.equal(again.events, 0);
  for (const counts of Object.values(again.collections)) assert.equal(counts.unchanged, counts.read);
  assert.deepEqual(await versions(importer), settled);

  // A document that is not read again is not compared with the one on file either.
  await sql`update ops.import_document set payload = '{"fields":{}}' where collection = 'properties'`.execute(
    importer.db,
  );
  const third = await importer.import(dump);
  assert.equal(third.events, 0);
  assert.equal(third.collections.properties?.unchanged, 1);
});

test('an activity that newer readers read differently is not recorded a second time', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, { ...dump, activities: [{ ...call, body: 'Left vm' }] });
  const before = (await importer.events()).length;
  await importer.import(dump);
  assert.deepEqual(await importer.types(before), []);
});

test('an opt-out that newer readers find in an unchanged document counts', async (t) => {
  const importer = await testImporter(t);
  const optedOut = { ...buyer, mailPreference: 'none' };
  await importer.import({ ...dump, contacts: [buyer] });
  const said = { ...optedOut, unsubscribed: true };
  await sql`update ops.import_document set content_hash = ${hash('sha1', serialize(said), 'base64')}, readers = 'older'
    where collection = 'contacts'`.execute(importer.db);
  const before = (await importer.events()).length;
  await importer.import({ ...dump, contacts: [said] });
  assert.deepEqual(await importer.types(before), ['LeadOptedOut']);
});

test('a change after a document was read again counts as a change', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, { ...dump, properties: [{ ...home, price: 45_000 }] });
  await importer.import(dump);
  const before = (await importer.events()).length;
  await importer.import({
    ...dump,
    properties: [{ ...home, price: 440_000, updatedAt: new Date('2025-03-01T00:00:00Z') }],
  });
  assert.deepEqual(await importer.types(before), ['ListPriceChanged']);
});

test('a run that ends after staging leaves it to the next one to correct, not to change, the record', async (t) => {
  const importer = await testImporter(t);
  await importedByOlderReaders(importer, { ...dump, properties: [{ ...home, price: 45_000 }] });
  const before = (await importer.events()).length;
  await sql`
    create function ops.fail() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger killed before update on ops.import_record execute function ops.fail()`.execute(importer.db);
  await assert.rejects(importer.import(dump));
  await sql`drop trigger killed on ops.import_record`.execute(importer.db);
  await importer.import(dump);
  assert.deepEqual(await importer.types(before), ['ListingDetailsCorrected']);
  assert.deepEqual(await versions(importer), settled);
});
