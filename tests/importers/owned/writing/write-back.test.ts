import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Binary, Long } from 'bson';
import { leads } from '../../../../commands/aggregates.ts';
import { execute } from '../../../../commands/execute.ts';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { contact, property, user } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { connected } from '../both-sides.ts';
import { type Owning, owning, owningListing } from '../owning.ts';

/** Corrects a listing with these, one after the other; after each, both sides say the same. */
const agreesAfterEach = async (t: TestContext, world: Owning, key: string, corrections: readonly object[]) => {
  const { compare } = await connected(t, world);
  for (const changes of corrections) {
    await world.correct('listing', key, changes);
    assert.deepEqual(
      await world.write(),
      { written: 1, refused: 0, waiting: 0 },
      JSON.stringify(await unwritten(world.db)),
    );
    assert.equal(await world.follow(), 0);
    assert.deepEqual((await compare('listing')).examples, []);
  }
};

/** An address by itself, its town by itself, and a move with and without new coordinates. */
const otherAddresses = [
  { unparsedAddress: '9 Elm St, Boca Raton, FL 33432' },
  { city: 'Delray Beach' },
  { streetNumber: '11' },
  { unparsedAddress: '7 Pecan St, Austin, TX 78701', latitude: 30.27, longitude: -97.74 },
  { unparsedAddress: '125 Oak Ave, Boca Raton, FL 33432' },
];

test('a change is written in the way in which the document has it, and nothing else changes', withMongo, async (t) => {
  const home = property({ price: '$450,000', beds: '3 BR', status: 'Active', deleted: 'N', theirOwn: { a: [1] } });
  const world = await owning(t, { properties: [home, property({ status: 'Under Contract' })] }, ['listing']);
  const key = (await world.events())
    .find(({ event }) => (event.data as { listingId?: string }).listingId === home.mlsId)!
    .streamName.slice('listing-'.length);
  await world.correct('listing', key, { listPrice: 475_500, bedroomsTotal: 4, standardStatus: 'Pending' });
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
  const [before, [after]] = [home as Record<string, unknown>, await world.documents('properties')];
  assert.deepEqual([after!.price, after!.beds, after!.deleted, after!.theirOwn], ['$475,500', '4 BR', 'N', { a: [1] }]);
  assert.equal(after!.status, 'Under Contract');
  assert.notEqual(String(after!.updatedAt), String(before.updatedAt));
  assert.equal(await world.follow(), 0);
  assert.deepEqual(await openConflicts(world.db), []);
  assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 0 });
});

test('every kind of field is written, and reads back as it was meant', withMongo, async (t) => {
  const agent = user();
  const home = property({
    baths: '2/1',
    sqft: '1,850 sqft',
    lotSize: 0.25,
    lotUnit: 'acres',
    yearBuilt: '1998',
    propertyType: 'Condo',
    loc: { type: 'Point', coordinates: [-80.1, 26.35] },
    features: 'pool, waterfront',
    photos: ['https://example.com/1.jpg'],
  });
  const world = await owning(t, { users: [agent], properties: [home] }, ['listing']);
  const [key] = await world.keys('listing');
  const [memberKey] = await world.keys('agent');
  const changes = {
    bathroomsTotalInteger: 4,
    bathroomsFull: 3,
    bathroomsHalf: 1,
    livingArea: 2_000,
    lotSizeSquareFeet: 21_780,
    yearBuilt: 2001,
    propertyType: 'Residential',
    propertySubType: 'Townhouse',
    latitude: 26.36,
    longitude: -80.11,
    features: ['Pool'],
    media: [{ mediaURL: 'https://example.com/2.jpg' }],
    photosCount: 1,
    listAgentKey: memberKey,
    publicRemarks: 'Quiet street',
    closePrice: 440_000,
    closeDate: '2026-03-31',
    unparsedAddress: '125 Main St, Boca Raton, FL 33432',
    streetNumber: '125',
  };
  await world.correct('listing', key!, changes);
  assert.deepEqual(
    await world.write(),
    { written: 1, refused: 0, waiting: 0 },
    JSON.stringify(await unwritten(world.db)),
  );
  assert.equal(await world.follow(), 0);
  assert.deepEqual(await openConflicts(world.db), []);
  const [after] = await world.documents('properties');
  assert.deepEqual([after!.baths, after!.sqft, after!.lotSize, after!.yearBuilt], ['3/1', '2,000 sqft', 0.5, '2001']);
  assert.equal(String(after!.agentId), String(agent._id));
  await agreesAfterEach(t, world, key!, otherAddresses);
  assert.equal((await world.documents('properties'))[0]!.loc, null);
});

test('leads and agents are written, and an opt-out above all', withMongo, async (t) => {
  const [agent, buyer] = [user(), contact({ phone: '(561) 555-0134', budget: { min: 300_000, max: 400_000 } })];
  const world = await owning(t, { users: [agent], contacts: [buyer] }, ['lead', 'agent']);
  const [[lead], [member]] = [await world.keys('lead'), await world.keys('agent')];
  await world.correct('lead', lead!, {
    firstName: 'Anna',
    leadStage: 'Hot',
    mobilePhone: '+15615550199',
    listPriceMax: 450_000,
    cities: ['Boca Raton'],
    ownerMemberKey: member,
    tags: ['VIP'],
  });
  await execute(world.store, leads, lead!, [{ type: 'OptOut' }], { ...byPerson, correlationId: 'opt-out' });
  await world.correct('agent', member!, { memberFullName: 'Maria Lopez', memberStatus: 'Inactive', maxLeads: 5 });
  assert.deepEqual(
    await world.write(),
    { written: 2, refused: 0, waiting: 0 },
    JSON.stringify(await unwritten(world.db)),
  );
  const [[person], [staff]] = [await world.documents('contacts'), await world.documents('users')];
  assert.deepEqual(
    [person!.name, person!.phone, person!.budget, person!.emailOptOut],
    ['Anna López', '(561) 555-0199', { min: 300_000, max: 450_000 }, true],
  );
  assert.equal(String(person!.assignedTo), String(agent._id));
  assert.deepEqual([staff!.name, staff!.active, staff!.maxLeads], ['Maria Lopez', false, 5]);
  assert.equal(await world.follow(), 0);
});

test('a record that began here becomes a document, once', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact()] }, ['lead']);
  const fields = { firstName: 'Ben', lastName: 'Cole', email: 'ben@example.com', leadStage: 'New' as const };
  await execute(world.store, leads, 'born-here', [{ type: 'RecordLead', contactKey: 'born-here', fields }], byPerson);
  assert.deepEqual(
    await world.write(),
    { written: 1, refused: 0, waiting: 0 },
    JSON.stringify(await unwritten(world.db)),
  );
  const made = (await world.documents('contacts')).filter(({ email }) => email === 'ben@example.com');
  assert.deepEqual(
    made.map(({ name }) => name),
    ['Ben Cole'],
  );
  assert.equal(await world.follow(), 0);
  await world.correct('lead', 'born-here', { leadStage: 'Hot' });
  await world.write();
  assert.equal((await world.documents('contacts')).length, 2);
  assert.equal(await world.follow(), 0);
});

test('documents with an _id of any type are written', withMongo, async (t) => {
  const ids = [
    new Binary(Buffer.from('550e8400e29b41d4a716446655440000', 'hex'), 4),
    new Binary(Buffer.from('550e8400e29b41d4a716446655440001', 'hex'), 3),
    new Date('2025-01-01T00:00:00Z'),
    { office: 7, mls: 'RX-1' },
    Long.fromString('9007199254740993'),
    17,
    2.5,
    '17',
    'a text',
    false,
  ];
  const world = await owning(t, { properties: ids.map((_id) => property({ _id })) }, ['listing']);
  for (const [index, key] of (await world.keys('listing')).entries())
    await world.correct('listing', key, { listPrice: 500_000 + index });
  assert.deepEqual(
    await world.write(),
    { written: ids.length, refused: 0, waiting: 0 },
    JSON.stringify(await unwritten(world.db)),
  );
  const documents = await world.documents('properties');
  assert.deepEqual(
    [
      documents.length,
      new Set(documents.map(({ price }) => price)).size,
      documents.every(({ price }) => Number(price) >= 500_000),
    ],
    [ids.length, ids.length, true],
  );
  assert.equal(await world.follow(), 0);
  assert.deepEqual(await openConflicts(world.db), []);
});

test('a value that no document can express is shown to a person', withMongo, async (t) => {
  const { world, key } = await owningListing(t);
  await world.correct('listing', key, { listPrice: 5 });
  assert.deepEqual(await world.write(), { written: 0, refused: 1, waiting: 0 });
  const [row] = await unwritten(world.db);
  assert.match(row!.reason!, /List price/);
});

for (const mapping of ['reso', 'simplyrets'])
  test(`documents of ${mapping} are written in their own shape`, withMongo, async (t) => {
    const at = { createdAt: new Date('2025-01-01T00:00:00Z') };
    const documents: Record<string, object[]> =
      mapping === 'reso'
        ? {
            Property: [
              {
                _id: 'p1',
                ListingKey: '77',
                ListingId: 'RX-10000077',
                StandardStatus: 'Active',
                ListPrice: 450_000,
                LotSizeAcres: 0.5,
                City: 'Boca Raton',
                UnparsedAddress: '1 Main St',
                ModificationTimestamp: '2025-01-01T00:00:00Z',
              },
            ],
          }
        : {
            listings: [
              {
                _id: 'p1',
                mlsId: 77,
                listingId: 'RX-10000077',
                mls: { status: 'Active' },
                listPrice: 450_000,
                property: { bedrooms: 3, acres: 0.5 },
                address: { full: '1 Main St', city: 'Boca Raton' },
                ...at,
              },
            ],
          };
    const world = await owning(t, documents as never, ['listing'], mapping);
    const [key] = await world.keys('listing');
    await world.correct('listing', key!, {
      listPrice: 500_000,
      standardStatus: 'Pending',
      bedroomsTotal: 4,
      lotSizeSquareFeet: 43_560,
    });
    assert.deepEqual(
      await world.write(),
      { written: 1, refused: 0, waiting: 0 },
      JSON.stringify(await unwritten(world.db)),
    );
    assert.equal(await world.follow(), 0);
    const [after] = (await world.documents(mapping === 'reso' ? 'Property' : 'listings')) as Record<string, unknown>[];
    if (mapping === 'reso')
      assert.deepEqual(
        [after!.StandardStatus, after!.ListPrice, after!.BedroomsTotal, after!.LotSizeAcres],
        ['Pending', 500_000, 4, 1],
      );
    else
      assert.deepEqual(
        [after!.mls, after!.listPrice, after!.property],
        [{ status: 'Pending' }, 500_000, { bedrooms: 4, acres: 1 }],
      );
    await agreesAfterEach(t, world, key!, otherAddresses);
  });
