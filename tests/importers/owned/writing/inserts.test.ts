import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { leads, listings } from '../../../../commands/aggregates.ts';
import { execute } from '../../../../commands/execute.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { compileMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { writeBack } from '../../../../importers/owned/write-back.ts';
import { beginDocument } from '../../../../importers/owned/writing/records/begin-document.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { contact, property, user } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { type Owning, owning } from '../owning.ts';

const ben = { firstName: 'Ben', lastName: 'Cole', email: 'ben@example.com', leadStage: 'New' } as const;

const record = async (world: Owning, fields: object): Promise<void> => {
  const command = { type: 'RecordLead', contactKey: 'born-here', fields } as const;
  const result = await execute(world.store, leads, 'born-here', [command as never], byPerson);
  assert.ok(result.ok);
};

const written = async (world: Owning, collection: string, filter: object): Promise<Record<string, unknown>> => {
  const done = await world.write();
  assert.deepEqual(done, { written: 1, refused: 0, waiting: 0 }, JSON.stringify(await unwritten(world.db)));
  assert.equal(await world.follow(), 0);
  const found = await world.mongo.client.db().collection(collection).find(filter).toArray();
  assert.equal(found.length, 1);
  const { _id, ...document } = found[0]!;
  return document;
};

test('a new document has each value where most of the newest documents have theirs', withMongo, async (t) => {
  const contacts = [
    ...[1, 2, 3].map(() => contact({ name: undefined, firstName: 'Ana', lastName: 'Cruz', priceMax: 400_000 })),
    contact({ budget: { min: 300_000, max: 400_000 } }),
  ];
  const world = await owning(t, { contacts }, ['lead']);
  await record(world, { ...ben, listPriceMin: 350_000, listPriceMax: 450_000 });
  const document = await written(world, 'contacts', { email: ben.email });
  assert.deepEqual(
    [document.priceMin, document.priceMax, document.firstName, document.lastName],
    [350_000, 450_000, 'Ben', 'Cole'],
  );
  assert.deepEqual(
    ['budget', 'name'].filter((name) => name in document),
    [],
  );
});

test('a new document has a range in one field where the others have it so', withMongo, async (t) => {
  const world = await owning(t, { contacts: [1, 2].map(() => contact({ budget: { min: 1_000, max: 2_000 } })) }, [
    'lead',
  ]);
  await record(world, { ...ben, listPriceMax: 450_000 });
  const document = await written(world, 'contacts', { email: ben.email });
  assert.deepEqual([document.budget, 'priceMax' in document], [{ max: 450_000 }, false]);
});

test('a new document has a range as one value where the others have it so', withMongo, async (t) => {
  const contacts = [1, 2].map(() => contact({ budget: '$400,000' }));
  const world = await owning(t, { contacts }, ['lead']);
  await record(world, { ...ben, listPriceMax: 450_000 });
  assert.equal((await written(world, 'contacts', { email: ben.email })).budget, '$450,000');
});

test('of several places for a value, an empty one is filled where most others have it', withMongo, async (t) => {
  const homes = [1, 2, 3].map(() => property({ beds: undefined, bedrooms: 3 }));
  const world = await owning(t, { properties: [...homes, property({ beds: undefined })] }, ['listing']);
  for (const key of await world.keys('listing')) await world.correct('listing', key, { bedroomsTotal: 5 });
  assert.deepEqual(await world.write(), { written: 4, refused: 0, waiting: 0 });
  const documents = await world.documents('properties');
  assert.deepEqual(
    documents.map(({ bedrooms, beds = null }) => [bedrooms, beds]),
    documents.map(() => [5, null]),
  );
});

test('a new document has its dates where the others have theirs, and as they write them', withMongo, async (t) => {
  const world = await owning(
    t,
    { contacts: [contact({ updatedAt: '2026-01-01T00:00:00.000Z', createdAt: 1_700_000_000 })] },
    ['lead'],
  );
  await record(world, ben);
  const document = await written(world, 'contacts', { email: ben.email });
  assert.equal(typeof document.updatedAt, 'string');
  assert.ok(Number(document.createdAt) > 1_700_000_000 && Number(document.createdAt) < 1e11);
});

test('a new document meets every condition of its collection, at any depth', () => {
  const conditions = [
    ['meta.kind.name', 'lead'],
    ['meta.kind.rank', [3, 4]],
    ['meta.source', ['web', 'phone']],
    ['meta.source', { not: 'web' }],
    ['active', true],
    ['deletedAt', null],
    ['archived', { exists: false }],
    ['email', { exists: true }],
  ] as const;
  const { document, isStillTaken } = beginDocument('x', conditions.map(([path, one]) => [path, one]) as never);
  assert.deepEqual(document, {
    _id: 'x',
    meta: { kind: { name: 'lead', rank: 3 }, source: 'phone' },
    active: true,
  });
  assert.equal(isStillTaken({ ...document, email: 'ana@example.com' }), true);
  assert.equal(isStillTaken({ ...document, active: false }), false);
});

test('a record is inserted among the documents that the mapping takes for its type', withMongo, async (t) => {
  const { file } = await loadMapping('home-grown');
  const where = [
    ['meta.type', 'lead'],
    ['meta.list', 'people'],
  ];
  const name = 'home-grown';
  const mapping = compileMapping({
    ...file,
    leads: { ...file.leads!, collections: [{ name: 'contacts', where }] },
  } as never);
  const world = await owning(t, { contacts: [contact({ meta: { type: 'lead', list: 'people' } })] }, ['lead'], name);
  await record(world, ben);
  const clock = fixedClock(new Date().toISOString());
  const done = await writeBack({ db: world.db, store: world.store, clock }, world.mongo.url, { mapping });
  assert.deepEqual(done, { written: 1, refused: 0, waiting: 0 }, JSON.stringify(await unwritten(world.db)));
  const [document] = (await world.documents('contacts')).filter(({ email }) => email === ben.email);
  assert.deepEqual(document?.meta, { type: 'lead', list: 'people' });
});

test('a record is inserted in the collection whose documents can say all of it', withMongo, async (t) => {
  const { file } = await loadMapping('home-grown');
  const constant = (value: string) => ({ from: [], constant: value });
  const collections = [
    { name: 'sales', fields: { propertyType: constant('Residential') } },
    {
      name: 'rentals',
      fields: { propertyType: constant('Residential Lease'), listPrice: { from: [{ path: 'rent' }] } },
    },
  ];
  const mapping = compileMapping({ ...file, listings: { ...file.listings!, collections } } as never);
  const world = await owning(t, { properties: [property()] }, ['listing']);
  await world.mongo.client.db().createCollection('sales');
  await world.mongo.client.db().createCollection('rentals');
  const fields = {
    listingId: 'RX-10000009',
    standardStatus: 'Active',
    listPrice: 2_500,
    city: 'Lantana',
    propertyType: 'Residential Lease',
  } as const;
  const command = { type: 'RecordListing', listingKey: 'born-here', fields } as const;
  assert.ok((await execute(world.store, listings, 'born-here', [command as never], byPerson)).ok);
  const clock = fixedClock(new Date().toISOString());
  const done = await writeBack({ db: world.db, store: world.store, clock }, world.mongo.url, { mapping });
  assert.deepEqual(done, { written: 1, refused: 0, waiting: 0 }, JSON.stringify(await unwritten(world.db)));
  assert.deepEqual([await world.documents('sales'), (await world.documents('rentals')).length], [[], 1]);
  const [{ rent, price, mlsId }] = (await world.documents('rentals')) as [Record<string, unknown>];
  assert.deepEqual([rent, price, mlsId], [2_500, undefined, 'RX-10000009']);
});

test('a change that would take a document out of what the mapping reads is not written', withMongo, async (t) => {
  const { file } = await loadMapping('home-grown');
  const mapping = compileMapping({
    ...file,
    listings: { ...file.listings!, collections: [{ name: 'properties', where: [['status', { not: 'Pending' }]] }] },
  } as never);
  const world = await owning(t, { properties: [property({ status: 'Active' })] }, ['listing']);
  const [key] = await world.keys('listing');
  await world.correct('listing', key!, { standardStatus: 'Pending' });
  const clock = fixedClock(new Date().toISOString());
  await writeBack({ db: world.db, store: world.store, clock }, world.mongo.url, { mapping });
  const [row] = await unwritten(world.db);
  assert.equal(row?.code, 'cannot-say');
  assert.equal((await world.documents('properties'))[0]!.status, 'Active');
});

test(
  'what is on file about a document that was written is what reading it again would put there',
  withMongo,
  async (t) => {
    const [ana, bob] = [user(), user({ name: 'Bob Stone' })];
    const world = await owning(
      t,
      { users: [ana, bob], contacts: [contact({ assignedTo: ana._id })], properties: [property({ agentId: ana._id })] },
      ['lead', 'listing'],
    );
    const onFile = async () => {
      const { rows } = await sql<{ collection: string }>`
      select collection, legacy_id, payload, identities, opt_out, agent_ref, contact_ref, unresolved, warnings,
        array(select address from ops.import_address a where a.legacy_id = d.legacy_id order by 1) as addresses,
        array(select name from ops.import_document_name n
          where n.collection = d.collection and n.legacy_id = d.legacy_id order by 1) as names,
        array(select identity from ops.import_identity i
          where i.collection = d.collection and i.legacy_id = d.legacy_id order by 1) as found_by
      from ops.import_document d where collection in ('contacts', 'properties') order by 1, 2`.execute(world.db);
      return rows;
    };
    await record(world, { ...ben, mobilePhone: '+15615550134' });
    const [, bobKey] = await world.keys('agent');
    const [lead] = await world.keys('lead');
    await world.correct('lead', lead!, { email: 'other@example.com' });
    const [listing] = await world.keys('listing');
    await world.correct('listing', listing!, { listAgentKey: bobKey!, listingId: 'RX-77777777' });
    const done = await world.write();
    assert.deepEqual([done.written, done.waiting], [3, 0], JSON.stringify(await unwritten(world.db)));
    const written = await onFile();
    assert.equal(written.length, 3);
    await sql`update ops.import_document set readers = 'others'`.execute(world.db);
    assert.equal(await world.follow(), 0);
    assert.deepEqual(await onFile(), written);
  },
);
