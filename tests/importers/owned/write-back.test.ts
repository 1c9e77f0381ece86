import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Binary, Long } from 'bson';
import { sql } from 'kysely';
import { leads } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import { type Conflict, conflictNumbered, openConflicts } from '../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../importers/differences/outbox.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict } from '../../../importers/owned/resolve-conflict.ts';
import { noteOwnChanges } from '../../../importers/owned/writing/note-own-changes.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property, user } from '../support/documents.ts';
import { byPerson } from '../support/importer.ts';
import { intercepting } from '../support/intercepting.ts';
import { owning } from './owning.ts';

/** A listing that openhouse owns. */
const owningListing = async (t: TestContext, document = property()) => {
  const world = await owning(t, { properties: [document] }, ['listing']);
  const [key] = await world.keys('listing');
  return { world, key: key! };
};

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

test(
  'an edit in the old CRM becomes a conflict, and is overwritten only when a person refuses it',
  withMongo,
  async (t) => {
    const home = property();
    const { world, key } = await owningListing(t, home);
    await world.correct('listing', key, { listPrice: 475_000 });
    await world.edit('properties', {}, { price: 430_000 });
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
    assert.equal((await world.documents('properties'))[0]!.price, 430_000);
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual(conflict?.fields, { listPrice: { before: 450_000, legacy: 430_000, openhouse: 475_000 } });
    await refuseConflict(world, conflict!.conflictId, { ...byPerson, reason: 'The owner decided' });
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await world.documents('properties'))[0]!.price, 475_000);
    assert.equal(await world.follow(), 0);
  },
);

test(
  'of an edit of several fields, a person accepts some and refuses the others, which are overwritten',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t, property({ description: 'Quiet', sqft: 1_850 }));
    await world.edit('properties', {}, { price: 430_000, description: 'Loud', sqft: 2_000 });
    await world.follow();
    const [{ conflictId }] = (await openConflicts(world.db)) as [Conflict];
    const accept = (only: string[]) => acceptConflict(world, conflictId, { ...byPerson, reason: 'Asked' }, only);
    await assert.rejects(accept(['listPrice', 'bedroomsTotal']), /is not about "bedroomsTotal"/);
    await assert.rejects(accept([]), /no field is to be accepted/);
    await accept(['listPrice', ' living AREA']);
    const closed = await conflictNumbered(world.db, conflictId);
    assert.deepEqual(
      [closed?.resolution, Object.entries(closed!.fields).map(([name, { acceptedYN }]) => [name, acceptedYN])],
      [
        'partly accepted',
        [
          ['listPrice', true],
          ['livingArea', true],
          ['publicRemarks', false],
        ],
      ],
    );
    const { state } = await loadOwned(world.store, 'listing', key);
    assert.deepEqual(
      [state.fields.listPrice, state.fields.livingArea, state.fields.publicRemarks],
      [430_000, 2_000, 'Quiet'],
    );
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    const [document] = await world.documents('properties');
    assert.deepEqual([document!.price, document!.sqft, document!.description], [430_000, 2_000, 'Quiet']);
    await world.follow();
    assert.deepEqual(await openConflicts(world.db), []);
  },
);

test('an edit of another field of the same document is kept, and both sides stay', withMongo, async (t) => {
  const { world, key } = await owningListing(t, property({ inner: 1 }));
  await world.correct('listing', key, { listPrice: 475_000 });
  await world.edit('properties', {}, { inner: 2 });
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
  const [after] = await world.documents('properties');
  assert.deepEqual([after!.price, after!.inner], [475_000, 2]);
});

test(
  'a document that was deleted in the old CRM is a conflict; refusing it writes the document again',
  withMongo,
  async (t) => {
    const home = property();
    const world = await owning(t, { properties: [home, property()] }, ['listing']);
    await world.mongo.client.db().collection('properties').deleteOne({ mlsId: home.mlsId });
    await world.follow();
    await world.follow();
    const [conflict] = await openConflicts(world.db);
    assert.equal(conflict?.fields.standardStatus?.legacy, 'Delete');
    await refuseConflict(world, conflict!.conflictId, { ...byPerson, reason: 'Still for sale' });
    assert.deepEqual(
      await world.write(),
      { written: 1, refused: 0, waiting: 0 },
      JSON.stringify(await unwritten(world.db)),
    );
    assert.deepEqual((await world.documents('properties')).map(({ mlsId }) => mlsId).includes(home.mlsId), true);
    assert.equal(await world.follow(), 0);
  },
);

test(
  'a write that was not recorded because the process died is neither taken for an edit nor repeated',
  withMongo,
  async (t) => {
    const home = property();
    const { world, key } = await owningListing(t, home);
    await world.correct('listing', key, { listPrice: 475_000 });
    // As the process would have left it.
    await world.edit('properties', {}, { price: 475_000, updatedAt: new Date() });
    assert.equal(await world.follow(), 0);
    assert.deepEqual(await openConflicts(world.db), []);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal(await world.follow(), 0);
  },
);

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

test(
  'what is deleted in the old CRM while it is being changed here is a conflict, and not written again',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t);
    await world.correct('listing', key, { listPrice: 475_000 });
    await world.mongo.client.db().collection('properties').deleteOne({});
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
    await world.follow();
    const [conflict] = await openConflicts(world.db);
    assert.equal(conflict?.fields.standardStatus?.legacy, 'Delete');
    assert.equal((await world.documents('properties')).length, 0);
  },
);

test('what was written, not noted, and then changed again here is no edit in the old CRM', withMongo, async (t) => {
  const { world, key } = await owningListing(t);
  await world.correct('listing', key, { listPrice: 475_000 });
  const url = await intercepting(t, world.mongo.url, (command) => ('update' in command ? 'hang up after' : undefined));
  await assert.rejects(world.write(url), /cannot be reached/);
  assert.equal((await world.documents('properties'))[0]!.price, 475_000);
  await world.correct('listing', key, { listPrice: 480_000 });
  await world.follow();
  assert.deepEqual(await openConflicts(world.db), []);
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
  assert.equal((await world.documents('properties'))[0]!.price, 480_000);
});

test(
  'an edit that a killed import has read, and not noted, is a conflict before anything is written',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t);
    await world.edit('properties', {}, { price: 430_000 });
    const { rows } = await sql<{ applied: object }>`select applied from ops.import_record`.execute(world.db);
    await world.follow();
    // As the import would have left it, had it been killed after it had staged the document.
    await sql`update ops.import_record set applied = ${JSON.stringify(rows[0]!.applied)}`.execute(world.db);
    await sql`delete from ops.legacy_conflict`.execute(world.db);
    await sql`insert into ops.import_pending (aggregate, record_key) values ('listing', ${key})`.execute(world.db);
    await world.correct('listing', key, { listPrice: 475_000 });
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual(conflict?.fields, { listPrice: { before: 450_000, legacy: 430_000, openhouse: 475_000 } });
    assert.equal((await world.documents('properties'))[0]!.price, 430_000);
  },
);

test(
  'a connection that drops before a change is written loses nothing: the next run writes it',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t);
    await world.correct('listing', key, { listPrice: 475_000 });
    const url = await intercepting(t, world.mongo.url, (command) => ('update' in command ? 'hang up' : undefined));
    await assert.rejects(world.write(url), /cannot be reached/);
    assert.equal((await world.documents('properties'))[0]!.price, 450_000);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await world.documents('properties'))[0]!.price, 475_000);
  },
);

test('an edit in the same moment in which another field is written is a conflict, and stays', withMongo, async (t) => {
  const { world, key } = await owningListing(t);
  await world.correct('listing', key, { listPrice: 475_000 });
  let edited = false;
  const url = await intercepting(t, world.mongo.url, async (command) => {
    if (!('update' in command) || edited) return undefined;
    edited = true;
    await world.edit('properties', {}, { description: 'Sunny' });
    return undefined;
  });
  await world.write(url);
  await world.follow();
  const [conflict] = await openConflicts(world.db);
  assert.deepEqual(conflict?.fields, { publicRemarks: { before: null, legacy: 'Sunny', openhouse: null } });
  const [after] = await world.documents('properties');
  assert.deepEqual([after!.price, after!.description], [475_000, 'Sunny']);
});

test(
  'a deletion in the old CRM that following notes while other records are being written is a conflict',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()] }, ['listing']);
    const [first, second] = await world.keys('listing');
    const deleted = (await world.events()).find(({ streamName }) => streamName === `listing-${second}`)!;
    const { listingId } = deleted.event.data as { listingId: string };
    await world.mongo.client.db().collection('properties').deleteOne({ mlsId: listingId });
    await world.correct('listing', second!, { livingArea: 1_900 });
    // Finds that the document is gone, which following then notes.
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
    await world.correct('listing', first!, { livingArea: 2_000 });
    await noteOwnChanges(world.db, world.store, new Set(['listing']), new Date());
    await sql`
      update ops.write_back set next_attempt_at = now() - case when record_key = ${first} then 2 else 1 end * interval '1 s'`.execute(
      world.db,
    );
    let following: Promise<unknown> | undefined;
    const url = await intercepting(t, world.mongo.url, async (command) => {
      if ('update' in command) following ??= world.follow();
      return undefined;
    });
    assert.equal((await world.write(url)).written, 1);
    await following;
    // Nothing is deleted while records are being written: the next round notes it.
    await world.follow();
    assert.deepEqual(
      (await openConflicts(world.db)).map(({ recordKey, fields }) => [recordKey, fields.standardStatus?.legacy]),
      [[second, 'Delete']],
    );
    assert.equal((await world.documents('properties')).length, 1);
  },
);

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
  });
