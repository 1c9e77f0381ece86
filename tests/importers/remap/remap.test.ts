import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { listings } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import { parseStreamName } from '../../../domain/events.ts';
import type { AnyDatabase } from '../../../importers/database.ts';
import { type CompiledMapping, compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { type RemapOptions, remap } from '../../../importers/remap/remap.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { contact, property, search } from '../support/documents.ts';
import { writeDump } from '../support/dump.ts';
import { byPerson, now, quarantined, type TestImporter, testImporter } from '../support/importer.ts';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));

const remapped = ({ db, store }: TestImporter, named: string, options: RemapOptions = {}) =>
  remap({ db, store, clock: fixedClock(now) }, named, options);

/** The data of the events that have been appended since there were `before` of them. */
const dataSince = async (importer: TestImporter, before: number) =>
  (await importer.events()).slice(before).map(({ event }) => event.data);

type Fields = Readonly<Record<string, unknown>>;
type Types = Readonly<Record<string, { readonly fields: Fields; readonly collections: unknown }>>;

/** A mapping with other fields for some of its types. */
const withFields = (
  { file }: CompiledMapping,
  change: (fields: Fields, type: string) => Fields,
  name = 'changed',
): CompiledMapping => {
  const { name: _, about: __, ...types } = file;
  const changed = Object.entries(types as Types).map(([type, mapped]) => [
    type,
    { ...mapped, fields: change(mapped.fields, type) },
  ]);
  return compileMapping({ name, ...Object.fromEntries(changed) } as MappingFile);
};

const without = (mapping: CompiledMapping, type: string, ...names: readonly string[]) =>
  withFields(mapping, (fields, of) =>
    of === type ? Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))) : fields,
  );

/** What all documents on file say, and what is in quarantine. */
const everything = async (db: AnyDatabase) => {
  const { rows } = await sql<{ key: string; says: unknown }>`
    select collection || '/' || legacy_id as key, json_build_array(payload, record_key is not null, contact_ref, agent_ref) as says
    from ops.import_document order by 1`.execute(db);
  const { rows: aside } = await sql<{ key: string; says: unknown }>`
    select 'quarantine ' || collection || '/' || document_key as key, code as says from ops.quarantine
    where resolved_at is null order by 1`.execute(db);
  return Object.fromEntries([...rows, ...aside].map(({ key, says }) => [key, says]));
};

for (const name of ['home-grown', 'reso', 'simplyrets']) {
  test(`after an import with a poor mapping, a remap with ${name} leaves what an import with that leaves`, async (t) => {
    const folder = `${samples}${name === 'home-grown' ? 'legacy' : name}`;
    const [poor, right] = [await testImporter(t), await testImporter(t)];
    const mapping = await loadMapping(name);
    let at = 0;
    const holed = withFields(mapping, (fields) =>
      Object.fromEntries(Object.entries(fields).filter(([field]) => field.endsWith('At') || ++at % 3 !== 0)),
    );
    await poor.importFolder(folder, { mapping: holed, acceptQuarantine: 'me' });
    await right.importFolder(folder, { mapping });
    const done = await remapped(poor, 'all', { mapping });
    assert.ok(done.eventCount > 0);
    assert.deepEqual(await everything(poor.db), await everything(right.db));

    const again = await remapped(poor, 'all', { mapping });
    assert.equal(again.eventCount, 0);
    for (const { collection, read, quarantined, notKept } of again.collections) {
      assert.equal(
        read,
        Object.values(quarantined).reduce((sum, count) => sum + count, 0),
        collection,
      );
      assert.equal(notKept, 0);
    }
    assert.equal((await poor.importFolder(folder, { mapping })).events, 0);
  });
}

test('what is read otherwise is recorded as corrections, with the version of the mapping as the cause', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  await importer.import(
    { properties: [property(), property()] },
    { mapping: without(mapping, 'listings', 'listPrice') },
  );
  const before = (await importer.events()).length;
  const { fields, collections, events } = await remapped(importer, 'listings', { mapping });
  const appended = (await importer.events()).slice(before);
  assert.deepEqual(
    appended.map(({ type, event }) => [type, event.data]),
    Array(2).fill(['ListingDetailsCorrected', { changes: { listPrice: 450_000 } }]),
  );
  for (const { metadata } of appended) {
    assert.equal(metadata.$causationId, `mapping-${mapping.version}`);
    assert.equal(metadata.reason, `Read again with the mapping home-grown (${mapping.version})`);
    assert.equal(metadata.actor.kind, 'import');
  }
  assert.deepEqual(
    fields.map(({ field, records, samples }) => [
      field,
      records,
      samples.map(({ before: was, after }) => [was, after]),
    ]),
    [
      [
        'listPrice',
        2,
        [
          [null, '450000'],
          [null, '450000'],
        ],
      ],
    ],
  );
  assert.deepEqual(events, [{ aggregate: 'listing', type: 'ListingDetailsCorrected', count: 2 }]);
  const [{ read, changed, unchanged }] = collections as [(typeof collections)[0]];
  assert.deepEqual([read, changed, unchanged], [2, 2, 0]);
});

test('a dry run changes nothing, and shows what the run then does, personal values by their shape', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const dump = { contacts: [contact({ phone: '561-555-0134' }), contact({ email: 'none' })] };
  await importer.import(dump, { mapping: without(mapping, 'leads', 'mobilePhone') });
  const before = [await everything(importer.db), await importer.types()];
  const shown = await remapped(importer, 'leads', { mapping, dryRun: true });
  assert.deepEqual([await everything(importer.db), await importer.types()], before);
  const { importRunId: _, ...did } = await remapped(importer, 'leads', { mapping });
  const { importRunId: __, ...wouldDo } = shown;
  assert.deepEqual(wouldDo, did);
  assert.deepEqual(shown.fields[0]?.samples[0]?.after, '+99999999999');
});

test('what a person corrected stays', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const home = property({ beds: 3 });
  await importer.import(
    { properties: [home] },
    { mapping: without(mapping, 'listings', 'bedroomsTotal', 'listPrice') },
  );
  const { streamName } = (await importer.events())[0]!;
  const key = parseStreamName(streamName)!.key;
  const command = { type: 'CorrectListing', changes: { listPrice: 460_000 } } as never;
  await execute(importer.store, listings, key, [command], byPerson);
  const before = (await importer.events()).length;
  // The mapping reads the number of bedrooms now, and still no price.
  await remapped(importer, 'listings', { mapping: without(mapping, 'listings', 'listPrice') });
  assert.deepEqual(await dataSince(importer, before), [{ changes: { bedroomsTotal: 3 } }]);
});

test('a document that cannot be read any more goes to the quarantine and its record stays; read as before, it leaves it', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  await importer.import({ properties: [property()] }, { mapping });
  const before = await importer.types();
  const bad = without(mapping, 'listings', 'standardStatus', 'mlsStatus');
  const [listing] = (await remapped(importer, 'properties', { mapping: bad })).collections;
  assert.deepEqual(listing?.quarantined, { 'status-missing': 1 });
  assert.deepEqual(await quarantined(importer.db), ['properties status-missing']);
  assert.deepEqual(await importer.types(), before);
  await remapped(importer, 'properties', { mapping });
  assert.deepEqual(await quarantined(importer.db), []);
  assert.deepEqual(await importer.types(), before);
});

test('a document in quarantine that is valid now becomes a record, and documents that waited for it are imported', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const buyer = contact({ phone: '' });
  await importer.import(
    { contacts: [buyer], savedsearches: [search(buyer._id)] },
    { mapping: without(mapping, 'leads', 'email') },
  );
  assert.equal((await quarantined(importer.db)).length, 2);
  const { collections } = await remapped(importer, 'leads', { mapping });
  assert.equal(collections[0]?.resolved, 1);
  assert.deepEqual(await quarantined(importer.db), []);
  assert.deepEqual(await importer.types(), ['LeadCaptured', 'SavedSearchCreated']);
});

test('a newer version in quarantine is read, and not the one on file', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const home = property();
  const narrow = without(mapping, 'listings', 'mlsStatus');
  await importer.import({ properties: [home] }, { mapping: narrow });
  const newer = { ...home, status: 'Bananas', price: 440_000, updatedAt: new Date('2025-05-01') };
  await importer.import({ properties: [newer] }, { mapping: narrow });
  assert.deepEqual(await quarantined(importer.db), ['properties status-unreadable']);
  const before = await importer.types();
  const bananas = withFields(mapping, (fields, type) =>
    type === 'listings'
      ? { ...fields, standardStatus: { from: [{ path: 'status' }], words: [['Bananas', 'Pending']] } }
      : fields,
  );
  const { collections } = await remapped(importer, 'listings', { mapping: bananas });
  assert.equal(collections[0]?.onFile.newerInQuarantine, 1);
  assert.deepEqual(await quarantined(importer.db), []);
  assert.deepEqual(await importer.types(before.length), ['ListPriceChanged', 'StandardStatusChanged']);
});

test('a run that dies before it is recorded is completed by the next one, and nothing is appended twice', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  await importer.import(
    { properties: [property(), property()] },
    { mapping: without(mapping, 'listings', 'listPrice') },
  );
  const before = (await importer.events()).length;
  await sql`
    create function ops.fail() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger killed before update on ops.import_record execute function ops.fail()`.execute(importer.db);
  await assert.rejects(remapped(importer, 'listings', { mapping }));
  await sql`drop trigger killed on ops.import_record`.execute(importer.db);
  await remapped(importer, 'listings', { mapping });
  assert.deepEqual(await importer.types(before), Array(2).fill('ListingDetailsCorrected'));
});

test('a mapping with which too much would go to the quarantine stops the run before it appends anything', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const [home, other] = [property(), property({ status: 'Pending' })];
  await importer.import({ properties: [home, other] }, { mapping: without(mapping, 'listings', 'listPrice') });
  const before = await importer.types();
  const quarantineLimit = { share: 0.2, least: 1 };
  const pending = withFields(mapping, (fields, type) =>
    type === 'listings'
      ? { ...fields, standardStatus: { from: [{ path: 'nowhere' }] }, mlsStatus: { from: [{ path: 'nowhere' }] } }
      : fields,
  );
  await assert.rejects(remapped(importer, 'listings', { mapping: pending, quarantineLimit }), {
    code: 'quarantine-limit',
  });
  assert.deepEqual(await importer.types(), before);
  const shown = await remapped(importer, 'listings', { mapping: pending, quarantineLimit, dryRun: true });
  assert.deepEqual(shown.collections[0]?.quarantined, { 'status-missing': 2 });
  await remapped(importer, 'listings', { mapping, quarantineLimit });
  assert.equal((await importer.types(before.length)).length, 2);
});

test('a document that the filter leaves out now, or that is gone from the old CRM, is not read', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const homes = [property({ kind: 'home' }), property({ kind: 'land' }), property({ kind: 'home' })];
  await importer.import({ properties: homes }, { mapping: without(mapping, 'listings', 'listPrice') });
  await sql`
    update ops.import_document set content_hash = 'gone', gone_at = now()
    where legacy_id = ${String(homes[2]!._id)}`.execute(importer.db);
  const before = (await importer.events()).length;
  const { listings: mapped } = mapping.file;
  const filtered = {
    ...mapping.file,
    name: 'homes',
    listings: { ...mapped!, collections: [{ name: 'properties', where: [['kind', 'home']] }] },
  } as MappingFile;
  const { notes, collections } = await remapped(importer, 'listings', { mapping: compileMapping(filtered) });
  assert.equal((await importer.types(before)).length, 1);
  assert.equal(collections[0]?.onFile.documents, 2);
  assert.deepEqual([collections[0]?.leftOut, collections[0]?.notKept], [1, 0]);
  assert.ok(
    notes.some((note) => note.includes('leaves out 1 document')),
    notes.join(),
  );
});

test('documents whose originals were not kept are read from a source, if they are the same there', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const [same, changed] = [property(), property()];
  await importer.import({ properties: [same, changed] }, { mapping: without(mapping, 'listings', 'listPrice') });
  await sql`update ops.import_document set original_block = null`.execute(importer.db);
  const before = (await importer.events()).length;
  const [listing] = (await remapped(importer, 'listings', { mapping })).collections;
  assert.deepEqual([listing?.read, listing?.notKept], [0, 2]);
  const from = writeDump(t, { properties: [same, { ...changed, price: 1, updatedAt: new Date() }, property()] });
  await remapped(importer, 'listings', { mapping, from });
  assert.deepEqual(await dataSince(importer, before), [{ changes: { listPrice: 450_000 } }]);
});

test('documents that came with many imports are all read', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  const poor = { mapping: without(mapping, 'listings', 'listPrice') };
  await sql`select setval('ops.import_original_block_seq', 8)`.execute(importer.db);
  for (let number = 0; number < 3; number++) await importer.import({ properties: [property()] }, poor);
  const before = (await importer.events()).length;
  const [listing] = (await remapped(importer, 'listings', { mapping })).collections;
  assert.deepEqual([listing?.read, listing?.notKept], [3, 0]);
  assert.equal((await importer.types(before)).length, 3);
});

test('what openhouse owns is not corrected, but becomes a conflict', async (t) => {
  const importer = await testImporter(t);
  const mapping = await loadMapping();
  await importer.import({ properties: [property()] }, { mapping: without(mapping, 'listings', 'listPrice') });
  await changeOwnership(importer.store, 'listing', 'openhouse', byPerson);
  const before = (await importer.events()).length;
  await remapped(importer, 'listings', { mapping });
  assert.deepEqual(await importer.types(before), []);
  const { rows } = await sql<{ fields: object }>`select fields from ops.legacy_conflict`.execute(importer.db);
  assert.deepEqual(
    rows.map(({ fields }) => Object.keys(fields)),
    [['listPrice']],
  );
});

test('a name that the mapping does not have is refused', async (t) => {
  const importer = await testImporter(t);
  await assert.rejects(remapped(importer, 'bananas'), { code: 'remap-unknown' });
});
