import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { serialize } from 'bson';
import { sql } from 'kysely';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { openDump } from '../../../importers/dump/open-dump.ts';
import { inspectSource } from '../../../importers/inspecting/inspect-source.ts';
import { collectionAt } from '../../../importers/mappings/filter.ts';
import { retryEntries } from '../../../importers/quarantine/retry-entries.ts';
import { remap } from '../../../importers/remap/remap.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { temporaryFolder } from '../support/dump.ts';
import { now, quarantined, testImporter } from '../support/importer.ts';
import { compiled, problems } from './support/mapping-text.ts';
import { propose } from './support/propose.ts';

const homes = compiled(`
name: homes
listings:
  collections:
    - for_sale
    - { name: for_sale.sold, fields: { standardStatus: { constant: Closed }, closePrice: price } }
    - name: rentals
      fields:
        propertyType: { constant: Residential Lease }
        listPrice: rent
  fields:
    listingId: mls
    standardStatus: { from: st, constant: Active }
    listPrice: price
    city: town
`);

const dumpOf = (t: { after(work: () => void): void }, collections: Readonly<Record<string, readonly object[]>>) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'crm'));
  for (const [name, documents] of Object.entries(collections))
    writeFileSync(join(folder, 'crm', `${name}.bson`), Buffer.concat(documents.map((one) => serialize(one))));
  return folder;
};

/** What the listings on file say, by their numbers. */
const listingsOf = async ({ db }: Awaited<ReturnType<typeof testImporter>>) => {
  const { rows } = await sql<{ fields: Record<string, unknown> }>`
    select payload -> 'fields' as fields from ops.import_document where record_key is not null`.execute(db);
  return Object.fromEntries(rows.map(({ fields: { listingId, warnings: _, ...fields } }) => [listingId, fields]));
};

suite('fields by collection', () => {
  test('replace the fields of the record type in the documents of that collection, and only there', async (t) => {
    const importer = await testImporter(t);
    const home = (mls: string) => ({ _id: mls, mls, price: 500_000, rent: 2_500, town: 'Lantana' });
    await importer.importFolder(
      dumpOf(t, {
        for_sale: [home('RX-10000001')],
        'for_sale.sold': [home('RX-10000002')],
        rentals: [home('RX-10000003')],
      }),
      { mapping: homes },
    );
    const common = { city: 'Lantana' };
    assert.deepEqual(await listingsOf(importer), {
      'RX-10000001': { ...common, standardStatus: 'Active', listPrice: 500_000 },
      'RX-10000002': { ...common, standardStatus: 'Closed', listPrice: 500_000, closePrice: 500_000 },
      'RX-10000003': { ...common, standardStatus: 'Active', listPrice: 2_500, propertyType: 'Residential Lease' },
    });
  });

  test('make a document that moves to another collection a changed one, which an older dump does not undo', async (t) => {
    const importer = await testImporter(t);
    const sold = { _id: 1, mls: 'RX-10000001', price: 500_000, town: 'Lantana' };
    const before = dumpOf(t, { for_sale: [sold], 'for_sale.sold': [] });
    const after = dumpOf(t, { 'for_sale.sold': [sold] });
    await importer.importFolder(before, { mapping: homes });
    const appended = (await importer.types()).length;
    assert.equal((await importer.importFolder(after, { mapping: homes })).events, 1);
    assert.deepEqual(await importer.types(appended), ['StandardStatusChanged']);
    for (const again of [after, before, after])
      assert.equal((await importer.importFolder(again, { mapping: homes })).events, 0);
    assert.equal((await listingsOf(importer))['RX-10000001']?.standardStatus, 'Closed');
  });

  test('set aside a document that is in two collections, because each says something else about it', async (t) => {
    const importer = await testImporter(t);
    const home = { _id: 1, mls: 'RX-10000001', price: 500_000, town: 'Lantana' };
    const both = dumpOf(t, { for_sale: [home, home], 'for_sale.sold': [home, { ...home, _id: 2 }] });
    await importer.importFolder(both, { mapping: homes });
    assert.deepEqual(await quarantined(importer.db), ['properties id-twice']);
    const later = { db: importer.db, store: importer.store, clock: fixedClock('2026-06-02T12:00:00.000Z') };
    await importDump(later, dumpOf(t, { for_sale: [], 'for_sale.sold': [home] }), { mapping: homes });
    assert.deepEqual(await quarantined(importer.db), []);
    assert.equal((await listingsOf(importer))['RX-10000001']?.standardStatus, 'Closed');
  });

  test('apply to what is read again: by a remap, by an import with the new mapping, and from the quarantine', async (t) => {
    const folder = dumpOf(t, {
      for_sale: [{ _id: 1, mls: 'RX-10000001', st: 'A', price: 500_000 }],
      rentals: [
        { _id: 2, mls: 'RX-10000002', st: 'A', rent: 2_500 },
        { _id: 3, st: 'A', rent: 2_600, town: 'Lantana', street: '1 Main St' },
      ],
    });
    const plain = compiled(`
name: plain
listings:
  collections: [for_sale, rentals]
  fields: { listingId: mls, standardStatus: st, listPrice: price }
`);
    const better = compiled(`
name: better
listings:
  collections:
    - for_sale
    - { name: rentals, fields: { propertyType: { constant: Residential Lease }, listPrice: rent } }
  fields: { listingId: mls, standardStatus: st, listPrice: price, city: town, unparsedAddress: street }
`);
    const [remapped, imported] = [await testImporter(t), await testImporter(t)];
    for (const importer of [remapped, imported]) {
      await importer.importFolder(folder, { mapping: plain });
      assert.deepEqual(await quarantined(importer.db), ['properties identity-missing']);
    }
    const skip = (await imported.types()).length;
    const deps = { db: remapped.db, store: remapped.store, clock: fixedClock(now) };
    await remap(deps, 'listings', { mapping: better });
    await imported.importFolder(folder, { mapping: better });
    assert.deepEqual(await listingsOf(remapped), await listingsOf(imported));
    assert.deepEqual((await listingsOf(remapped))['RX-10000002'], {
      standardStatus: 'Active',
      listPrice: 2_500,
      propertyType: 'Residential Lease',
    });
    // Nothing has changed in the market.
    assert.deepEqual((await imported.types(skip)).sort(), ['ListingDetailsCorrected', 'ListingEntered']);
    for (const importer of [remapped, imported])
      assert.equal((await importer.importFolder(folder, { mapping: better })).events, 0);
  });

  test('are checked like the others, with their own lines and keys', () => {
    const listings = (fields: string) =>
      problems(`name: x\nlistings:\n  collections:\n    - homes\n    - name: rentals\n      fields:\n        ${fields}
  fields: {listPrice: price}\n`);
    const at = 'listings.collections.1.fields';
    assert.deepEqual(listings('listPric: rent'), [
      `7:9 ${at}.listPric: \`listPric\` is not a field of listings. Did you mean \`listPrice\`?`,
    ]);
    const unknown = `7:26 ${at}.standardStatus.constant: openhouse does not know \`Rented\` as a value of standardStatus: it can be Active,`;
    const [rented, ...others] = listings('standardStatus: {constant: Rented}');
    assert.ok(others.length === 0 && rented?.startsWith(unknown), rented);
    assert.match(
      listings('listAgentKey: {path: a, refersTo: memberMlsId}')[0]!,
      new RegExp(`^7:33 ${at}.listAgentKey`),
    );
    assert.match(listings('listPrice: {pth: rent}')[0]!, /^7:21 .*\.listPrice\.pth: .*Did you mean `path`\?/);
    assert.match(listings('{}')[0]!, new RegExp(`^6:7 ${at}: Is empty`));
    assert.match(
      problems('name: x\nagents:\n  collections: {name: a, filds: {}}\n  fields: {memberEmail: m}')[0]!,
      /^3:26 agents\.collections\.filds: .*Did you mean `fields`\?/,
    );
    // A key that only one collection has can be referred to.
    const key = `name: x
agents:
  collections: [{name: a, fields: {memberMlsId: no}}, b]
  fields: {memberEmail: m}
listings:
  collections: l
  fields: {listAgentKey: {path: agent, refersTo: memberMlsId}}`;
    assert.deepEqual(problems(key), []);
  });

  test('are what `inspect` says of each collection', async (t) => {
    const folder = dumpOf(t, {
      for_sale: [{ _id: 1, mls: 'RX-10000001', price: 500_000, rent: 1 }],
      rentals: [{ _id: 2, mls: 'RX-10000002', price: 1, rent: 2_500 }],
    });
    const { collections } = await inspectSource(await openDump(folder, 'all'), folder, homes, {
      signal: t.signal,
      now: new Date(),
    });
    const read = collections.map(({ name, paths }) => [
      name,
      paths.flatMap(({ path, feeds, unread }) =>
        path === 'price' || path === 'rent' ? [[path, ...feeds, unread]] : [],
      ),
    ]);
    assert.deepEqual(Object.fromEntries(read as [string, unknown][]), {
      for_sale: [
        ['price', 'listings.listPrice', false],
        ['rent', true],
      ],
      rentals: [
        ['price', true],
        ['rent', 'listings.listPrice', false],
      ],
    });
  });
});

test('`--propose` says what the name of a collection says of documents that do not say it', async (t) => {
  const home = (id: number) => ({ _id: id, mlsNo: `RX-1000000${id}`, askingPrice: 500_000 + id, town: 'Lantana' });
  const folder = dumpOf(t, {
    listings_active: [home(1), home(2), home(3)],
    listings_sold: [
      home(4),
      home(5),
      home(6),
      { ...home(1), _id: 10, mlsNo: 'RX-10000010', standardStatus: 'Withdrawn' },
    ],
    rentals: [7, 8, 9].map((id) => ({ ...home(id), standardStatus: 'Active' })),
  });
  const { text, mapping, inspection } = await propose({ source: folder, file: join(folder, 'our.yaml') });
  assert.doesNotMatch(text, /Required, and not found/);
  const fields = mapping.file.listings!.collections.map(({ name, fields }) => [name, fields] as const);
  const constant = (value: string) => ({ from: [], constant: value });
  assert.deepEqual(Object.fromEntries(fields), {
    listings_active: { standardStatus: constant('active') },
    // What a document says itself counts.
    listings_sold: { standardStatus: { ...constant('sold'), from: [{ path: 'standardStatus' }] } },
    rentals: { propertyType: constant('rental') },
  });
  assert.deepEqual(
    inspection.collections.map(({ recordTypes: [listings] }) => listings?.quarantined),
    [0, 0, 0],
  );
});

test('consent that only one collection has counts in the documents that its filter leaves out', () => {
  const { look } = compiled(`
name: people
leads:
  collections:
    - { name: people, where: { kind: buyer }, fields: { emailOptOut: quiet } }
    - clients
  fields: { email: mail }
`).types.leads!;
  for (const kind of ['buyer', 'vendor'])
    assert.equal(look({ kind, quiet: true }, 'people/1').first('emailOptOut'), true, kind);
  assert.equal(look({ quiet: true }, 'clients/1').first('emailOptOut'), undefined);
});

test('a place belongs to the collection with the longest name that it begins with', () => {
  const collections = ['crm', 'crm.old', 'crm.old.x'].map((name) => ({ name }));
  const at = (place: string) => collectionAt(place, collections);
  assert.deepEqual(
    ['crm.bson@1', 'crm/5f', 'crm.old.json@2', 'crm.old/1', 'crm.older.bson@3', 'crmx.bson@0', ''].map(at),
    ['crm', 'crm', 'crm.old', 'crm.old', 'crm', undefined, undefined],
  );
});

test('a document that cannot be imported is read with the fields of its collection when it is retried', async (t) => {
  const importer = await testImporter(t);
  const folder = dumpOf(t, { for_sale: [], rentals: [{ _id: 2, mls: 'RX-10000002', st: '?', rent: 2_500 }] });
  const strict = (word: string) =>
    compiled(`
name: strict
listings:
  collections: [for_sale, { name: rentals, fields: { listPrice: rent, standardStatus: { path: st${word} } } }]
  fields: { listingId: mls, standardStatus: { path: st, words: { "?": Hold } }, listPrice: price }
`);
  await importer.importFolder(folder, { mapping: strict('') });
  assert.deepEqual(await quarantined(importer.db), ['properties status-unreadable']);
  const deps = { db: importer.db, store: importer.store, clock: fixedClock(now) };
  await retryEntries(deps, { code: 'status-unreadable' }, { mapping: strict(', words: { "?": Pending }') });
  assert.deepEqual(await listingsOf(importer), {
    'RX-10000002': { standardStatus: 'Pending', listPrice: 2_500 },
  });
});
