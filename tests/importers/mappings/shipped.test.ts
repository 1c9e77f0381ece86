import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { loadMapping, shippedMappings } from '../../../importers/mappings/load-mapping.ts';
import { recordTypes } from '../../../importers/mappings/record-types.ts';
import { writeShapes } from '../../../samples/generator/shapes/write-shapes.ts';
import { FIRST_DUMP } from '../../../samples/generator/timeline.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { type TestImporter, testImporter } from '../support/importer.ts';

const samples = fileURLToPath(new URL('../../../samples/', import.meta.url));

const payloads = async ({ db }: TestImporter, collection: string): Promise<Record<string, unknown>[]> => {
  const { rows } = await sql<{ fields: Record<string, unknown> }>`
    select payload -> 'fields' as fields from ops.import_document where collection = ${collection}
    order by legacy_id`.execute(db);
  return rows.map(({ fields }) => fields);
};

/** The share of documents whose fields have a value. */
const shares = (fields: readonly Record<string, unknown>[], names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => [name, fields.filter((one) => one[name] !== undefined).length / fields.length]),
  );

for (const name of ['reso', 'simplyrets']) {
  test(`samples/${name} is imported completely by its mapping, and a second import appends nothing`, async (t) => {
    const importer = await testImporter(t);
    const mapping = await loadMapping(name);
    const deps = { db: importer.db, store: importer.store, clock: fixedClock(new Date(FIRST_DUMP).toISOString()) };
    const importSample = () => importDump(deps, `${samples}${name}`, { mapping });
    const summary = await importSample();

    assert.deepEqual(summary.mapping, { name, version: mapping.version });
    assert.deepEqual(summary.quarantine, {});
    assert.deepEqual(summary.warnings, {});
    assert.deepEqual(summary.onFile.unresolvedReferences, {});
    assert.equal(summary.onHold.searches, 0);
    const counts = Object.entries(summary.collections).map(([collection, { read, quarantined, skipped }]) => ({
      collection,
      some: read > 0,
      lost: quarantined + skipped,
    }));
    const everything = ['users', 'contacts', 'properties', 'savedsearches', 'activities', 'alerts_sent'];
    assert.deepEqual(
      counts,
      everything.map((collection) => ({ collection, some: true, lost: 0 })),
    );

    const listings = await payloads(importer, 'properties');
    const always = ['listingId', 'standardStatus', 'mlsStatus', 'listPrice', 'originalListPrice', 'propertyType'];
    const where = ['unparsedAddress', 'streetNumber', 'city', 'stateOrProvince', 'postalCode', 'latitude', 'longitude'];
    const others = ['propertySubType', 'onMarketDate', 'photosCount', 'publicRemarks', 'listOfficeName', 'features'];
    for (const [field, share] of Object.entries(shares(listings, [...always, ...where, ...others])))
      assert.ok(share > 0.95, `${field}: ${share}`);
    const mostly = ['bedroomsTotal', 'bathroomsFull', 'bathroomsHalf', 'livingArea', 'yearBuilt', 'media'];
    for (const [field, share] of Object.entries(shares(listings, [...mostly, 'lotSizeSquareFeet', 'associationFee'])))
      assert.ok(share > 0.3, `${field}: ${share}`);
    const leads = await payloads(importer, 'contacts');
    for (const [field, share] of Object.entries(
      shares(leads, ['firstName', 'lastName', 'email', 'mobilePhone', 'leadStage']),
    ))
      assert.ok(share === 1, `${field}: ${share}`);

    const again = await importSample();
    assert.equal(again.events, 0);
  });
}

/** Slots for CRMs of other shapes only; ours have the range in one field. */
const onlyElsewhere: readonly string[] = ['agents.listPriceMin', 'agents.listPriceMax'];

test('the samples of other shapes are what the generator writes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'openhouse-shapes-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeShapes(folder);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.ok(files.length > 10);
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const committed = await readFile(join(samples, path.slice(folder.length)));
    assert.ok(committed.equals(await readFile(path)), `${name}: run samples/generator/regenerate.ts`);
  }
});

test('every mapping that comes with openhouse is valid', async () => {
  const names = await shippedMappings();
  assert.deepEqual(names, ['home-grown', 'reso', 'simplyrets']);
  for (const name of names) assert.equal((await loadMapping(name)).name, name);
});

test('every field that a mapping can have is in at least one of these mappings', async () => {
  const mappings = await Promise.all((await shippedMappings()).map((name) => loadMapping(name)));
  for (const [type, { slots }] of Object.entries(recordTypes)) {
    const read = new Set(
      mappings.flatMap(({ types }) => [...(types[type as keyof typeof types]?.paths.values() ?? [])].flat()),
    );
    const unread = slots.filter((slot) => !read.has(slot) && !onlyElsewhere.includes(`${type}.${slot}`));
    assert.deepEqual(unread, [], `say in importers/mappings/*.yaml where documents have these fields of ${type}`);
  }
});
