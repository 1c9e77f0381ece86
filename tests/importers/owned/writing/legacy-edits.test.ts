import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type Conflict, conflictNumbered, openConflicts } from '../../../../importers/differences/conflicts.ts';
import { unwritten } from '../../../../importers/differences/outbox.ts';
import { loadOwned } from '../../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict } from '../../../../importers/owned/resolve-conflict.ts';
import { noteOwnChanges } from '../../../../importers/owned/writing/note-own-changes.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { property } from '../../support/documents.ts';
import { byPerson } from '../../support/importer.ts';
import { intercepting } from '../../support/intercepting.ts';
import { owning, owningListing } from '../owning.ts';

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
    await assert.rejects(accept([]), /there are no fields to accept/);
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
    await noteOwnChanges(world.db, world.store, new Date());
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
