import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ObjectId } from 'bson';
import { sql } from 'kysely';
import { listings } from '../../../../commands/aggregates.ts';
import { execute } from '../../../../commands/execute.ts';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { compileMapping } from '../../../../importers/mappings/compile.ts';
import { readMapping } from '../../../../importers/mappings/read-mapping.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import type { Documents } from '../../support/dump.ts';
import { byPerson, quarantined } from '../../support/importer.ts';
import { type Owning, owning } from '../owning.ts';

const reading = readMapping(`
name: homes
listings:
  collections:
    - { name: homes_active, fields: { standardStatus: { constant: Active } } }
    - { name: homes_sold, fields: { standardStatus: { constant: Closed } } }
    - name: rentals
      fields:
        propertyType: { from: sort, words: { Long let: Residential Lease } }
        onMarketDate: touched
        updatedAt: changed
  fields:
    listingId: mls
    standardStatus: st
    listPrice: price
    city: town
    propertyType: { from: sort, words: { Long let: Land } }
    createdAt: made
    updatedAt: touched
`);
assert.ok('file' in reading, JSON.stringify(reading));
const mapping = compileMapping(reading.file);

const at = new Date('2026-05-01T12:00:00.000Z');
const home = (fields: object = {}) => ({
  _id: new ObjectId(),
  mls: 'RX-10000001',
  price: 500_000,
  town: 'Lantana',
  made: at,
  touched: at,
  ...fields,
});

const owningHomes = async (t: TestContext, documents: Readonly<Record<string, readonly object[]>>) => {
  const world = await owning(t, documents as Documents, ['listing'], mapping);
  const db = world.mongo.client.db();
  const there = (await db.listCollections().toArray()).map(({ name }) => name);
  for (const { name } of mapping.types.listings!.collections)
    if (!there.includes(name)) await db.createCollection(name);
  return world;
};

const move = async ({ mongo }: Owning, from: string, to: string): Promise<void> => {
  const db = mongo.client.db();
  for (const document of await db.collection(from).find().toArray()) {
    await db.collection(to).insertOne(document);
    await db.collection(from).deleteOne({ _id: document._id });
  }
};

test('a change gets its date where the documents of that collection have theirs', withMongo, async (t) => {
  const rental = home({ price: 2_500, st: 'Active', changed: at });
  const world = await owningHomes(t, { rentals: [rental] });
  const [key] = await world.keys('listing');
  await world.correct('listing', key!, { listPrice: 2_600 });
  assert.deepEqual(
    await world.write(),
    { written: 1, refused: 0, waiting: 0 },
    JSON.stringify(await unwritten(world.db)),
  );
  const [after] = await world.documents('rentals');
  assert.deepEqual([after!.price, after!.touched], [2_600, at]);
  assert.notDeepEqual(after!.changed, at);
  assert.equal(await world.follow(), 0);
  assert.deepEqual(await openConflicts(world.db), []);
});

test(
  'a new record has the words and dates of its collection, and moving it there later is an edit',
  withMongo,
  async (t) => {
    const world = await owningHomes(t, { homes_active: [home()] });
    const record = async (listingKey: string, fields: object) => {
      const command = { type: 'RecordListing', listingKey, fields } as never;
      assert.ok((await execute(world.store, listings, listingKey, [command], byPerson)).ok);
    };
    const common = { listPrice: 2_500, city: 'Lantana' };
    await record('let', {
      ...common,
      listingId: 'RX-10000008',
      standardStatus: 'Pending',
      propertyType: 'Residential Lease',
    });
    await record('sold', { ...common, listingId: 'RX-10000009', standardStatus: 'Closed' });
    const done = await world.write();
    assert.deepEqual(done, { written: 2, refused: 0, waiting: 0 }, JSON.stringify(await unwritten(world.db)));
    const [rental] = await world.documents('rentals');
    assert.deepEqual([rental!.sort, rental!.touched, rental!.changed instanceof Date], ['Long let', undefined, true]);
    const { rows } = await sql<{ found_in: string }>`
    select found_in from ops.import_document order by found_in`.execute(world.db);
    assert.deepEqual(
      rows.map(({ found_in }) => found_in),
      ['homes_active', 'homes_sold', 'rentals'],
    );
    assert.equal(await world.follow(), 0);
    await move(world, 'homes_sold', 'homes_active');
    await world.follow();
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual([conflict?.recordKey, Object.keys(conflict?.fields ?? {})], ['sold', ['standardStatus']]);
  },
);

test('a document that has moved to another collection is read before it is written', withMongo, async (t) => {
  const world = await owningHomes(t, { homes_active: [home()] });
  const [key] = await world.keys('listing');
  await move(world, 'homes_active', 'homes_sold');
  await world.correct('listing', key!, { listPrice: 475_000 });
  assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
  const [conflict] = await openConflicts(world.db);
  assert.deepEqual([conflict?.recordKey, Object.keys(conflict?.fields ?? {})], [key, ['standardStatus']]);
  assert.equal((await world.documents('homes_sold'))[0]!.price, 500_000);
});

test('a document in quarantine that moves to where it says what it lacked is imported', withMongo, async (t) => {
  const world = await owningHomes(t, { rentals: [home()] });
  assert.deepEqual(await quarantined(world.db), ['properties status-missing']);
  await move(world, 'rentals', 'homes_active');
  await world.follow();
  assert.deepEqual(await quarantined(world.db), []);
  assert.equal((await world.keys('listing')).length, 1);
});
