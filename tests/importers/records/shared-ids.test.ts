import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type ImportSummary, importDump } from '../../../importers/dump/import-dump.ts';
import { readIds } from '../../../importers/staging/ids/collection-ids.ts';
import fc from '../../support/fast-check.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { alertSent, contact, property, search } from '../support/documents.ts';
import { type Documents, writeDump } from '../support/dump.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';

type Context = Parameters<typeof testImporter>[0];

/** Imports at a given hour. */
const importAt = (t: Context, { db, store }: TestImporter, hour: number, documents: Documents) =>
  importDump({ db, store, clock: fixedClock(`2026-06-01T${hour}:00:00.000Z`) }, writeDump(t, documents));

const waiting = async ({ db }: TestImporter): Promise<{ code: string; key: string; city: string }[]> => {
  const { rows } = await sql<{ code: string; key: string; city: string }>`
    select code, document_key as key, raw ->> 'city' as city from ops.quarantine
    where resolved_at is null order by city, key`.execute(db);
  return rows;
};

const cities = async (importer: TestImporter) =>
  (await waiting(importer)).filter(({ code }) => code === 'id-twice').map(({ city }) => city);

const balances = ({ collections }: ImportSummary) => {
  for (const [name, counts] of Object.entries(collections)) {
    const { read, applied, unchanged, merged, quarantined, skipped } = counts;
    assert.equal(read, applied + unchanged + merged + quarantined + skipped, name);
  }
};

const home = property({ city: 'Lantana' });
const other = { ...home, city: 'Boca Raton', price: 1 };
/** More than one batch. */
const many = Array.from({ length: 1_200 }, () => property({ address: undefined, city: 'Delray Beach' }));

for (const [where, documents] of [
  ['next to each other', [home, other]],
  ['in different batches', [home, ...many, other]],
] as const) {
  test(`two different documents with the same ID are both quarantined, ${where}`, async (t) => {
    const importer = await testImporter(t);
    const first = await importAt(t, importer, 12, { properties: documents });
    assert.deepEqual(await cities(importer), ['Boca Raton', 'Lantana']);
    assert.equal(first.collections.properties?.quarantined, 2);
    assert.equal(first.collections.properties?.applied, documents.length - 2);
    balances(first);

    const again = await importAt(t, importer, 13, { properties: documents });
    assert.deepEqual([again.events, again.collections.properties?.quarantined], [0, 2]);
    assert.equal(again.collections.properties?.unchanged, documents.length - 2);
    assert.deepEqual(await cities(importer), ['Boca Raton', 'Lantana']);
    balances(again);
  });
}

test('a document repeated byte for byte counts once', async (t) => {
  const importer = await testImporter(t);
  const broken = property({ status: 'Bananas' });
  const summary = await importer.import({ properties: [home, broken, home, ...many, home, broken] });
  const { applied, unchanged, quarantined } = summary.collections.properties!;
  assert.deepEqual([applied, unchanged, quarantined], [1 + many.length, 3, 1]);
  balances(summary);
});

test('of three documents with the same ID, two of them identical, each content is quarantined once', async (t) => {
  const importer = await testImporter(t);
  const summary = await importer.import({ properties: [home, ...many, other, home] });
  assert.deepEqual(await cities(importer), ['Boca Raton', 'Lantana']);
  const { unchanged, quarantined } = summary.collections.properties!;
  assert.deepEqual([unchanged, quarantined], [1, 2]);
  balances(summary);
});

test('a record that was already imported stays unchanged while its ID is shared', async (t) => {
  const importer = await testImporter(t);
  await importAt(t, importer, 12, { properties: [home] });
  const events = (await importer.events()).length;
  const shared = await importAt(t, importer, 13, { properties: [{ ...home, price: 2 }, other] });
  assert.deepEqual([shared.events, shared.collections.properties?.quarantined], [0, 2]);
  assert.equal((await importer.events()).length, events);
  balances(shared);
});

test('when one of two documents with the same ID is gone, the other is imported and both leave quarantine', async (t) => {
  const importer = await testImporter(t);
  await importAt(t, importer, 12, { properties: [home, other] });
  const repaired = await importAt(t, importer, 13, { properties: [other] });
  assert.equal(repaired.collections.properties?.applied, 1);
  assert.deepEqual(await waiting(importer), []);
  balances(repaired);
});

test('when one of two documents with the same ID changes, its former content leaves quarantine', async (t) => {
  const importer = await testImporter(t);
  await importAt(t, importer, 12, { properties: [home, other] });
  await importAt(t, importer, 13, { properties: [{ ...home, city: 'Jupiter' }, other] });
  assert.deepEqual(await cities(importer), ['Boca Raton', 'Jupiter']);
});

test('a document already in quarantine for another reason is then listed under its shared ID', async (t) => {
  const importer = await testImporter(t);
  const broken = { ...home, status: 'Bananas' };
  await importAt(t, importer, 12, { properties: [broken] });
  await importAt(t, importer, 13, { properties: [broken, other] });
  assert.deepEqual(
    (await waiting(importer)).map(({ code }) => code),
    ['id-twice', 'id-twice'],
  );
});

test('an opt-out counts in either of two contacts with the same ID, and only once', async (t) => {
  const importer = await testImporter(t);
  const ana = contact({ email: 'ana@example.com' });
  const elsewhere = contact({ email: 'ana.two@example.com' });
  await importer.import({ contacts: [ana, elsewhere] });
  const shared = { contacts: [ana, { ...ana, email: 'ana.two@example.com', unsubscribed: true }, elsewhere] };
  await importer.import(shared);
  const optOuts = async () => (await importer.types()).filter((type) => type === 'LeadOptedOut').length;
  const statements = async () => (await sql`select * from ops.import_opt_out order by 1`.execute(importer.db)).rows;
  assert.equal(await optOuts(), 2);
  const before = await statements();
  await importer.import(shared);
  assert.deepEqual([await optOuts(), await statements()], [2, before]);
});

test('everything that the old CRM sent is remembered, even with the same ID', async (t) => {
  const importer = await testImporter(t);
  const [buyer, first, second] = [contact(), property(), property()];
  const wish = search(buyer._id);
  const one = alertSent(wish._id, first._id);
  const two = { ...one, propertyId: second._id };
  const rest = { contacts: [buyer], savedsearches: [wish], properties: [first, second] };
  const remembered = async () => (await sql`select listing_key from ops.sent_memory`.execute(importer.db)).rows.length;
  const summary = await importer.import({ ...rest, alerts_sent: [one, two, one] });
  assert.deepEqual([summary.collections.alerts_sent?.applied, summary.collections.alerts_sent?.unchanged], [2, 1]);
  assert.equal(await remembered(), 2);
  balances(summary);
  const again = await importer.import({ ...rest, alerts_sent: [two, one] });
  assert.deepEqual([again.collections.alerts_sent?.applied, again.collections.alerts_sent?.unchanged], [0, 2]);
  balances(again);
});

test('for any documents: those whose ID has another content are contested, wherever they are', async () => {
  const document = fc.record({ id: fc.integer({ min: 0, max: 5 }), says: fc.integer({ min: 0, max: 2 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(document, { maxLength: 20 }), async (documents) => {
      const found = documents.map(({ id, says }) => ({
        document: { _id: id },
        bytes: Buffer.from(`${id} ${says}`),
        place: '',
        raw: () => '',
        scan: () => [],
      }));
      const collection = {
        name: 'properties' as const,
        totalBytes: 0,
        mapped: { collectionOf: undefined },
        read: async function* () {
          yield* found;
        },
      };
      const ids = await readIds(collection, new AbortController().signal);
      const standings = found.map(({ document, bytes }) =>
        ids.take(String(document._id), hash('sha1', bytes, 'base64')),
      );
      const expected = documents.map(({ id, says }, at) => {
        const earlier = documents.slice(0, at).some((one) => one.id === id && one.says === says);
        if (earlier) return 'repeat';
        return documents.some((one) => one.id === id && one.says !== says) ? 'contested' : 'single';
      });
      assert.deepEqual(standings, expected);
    }),
  );
});
