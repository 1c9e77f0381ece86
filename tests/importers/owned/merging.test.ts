import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openConflicts } from '../../../importers/differences/conflicts.ts';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import { acceptConflict } from '../../../importers/owned/resolve-conflict.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { activity, assignment, contact, property, search, user } from '../support/documents.ts';
import { byPerson } from '../support/importer.ts';
import { insert } from '../support/live.ts';
import { type Owning, owning } from './owning.ts';

const because = { ...byPerson, reason: 'Asked them' };

/** The key of the record that a document is part of. */
const keyOf = async ({ db }: Owning, { _id }: { readonly _id: unknown }): Promise<string> => {
  const { rows } = await sql<{ record_key: string }>`
    select record_key from ops.import_document where legacy_id = ${String(_id)}`.execute(db);
  return rows[0]!.record_key;
};

test(
  'a document whose new e-mail address or MLS number was accepted is known by that, and no longer by its former one',
  withMongo,
  async (t) => {
    const ana = contact({ name: 'Ana Lopez', email: 'ana.lopez44@gmail.com' });
    const home = property({ mlsId: 'RX-10101234' });
    const world = await owning(t, { contacts: [ana], properties: [home] }, ['lead', 'listing']);
    await world.edit('contacts', {}, { email: 'ana.reyes71@gmail.com' });
    await world.edit('properties', {}, { mlsId: 'RX-10105678' });
    await world.follow();
    for (const { conflictId } of await openConflicts(world.db)) await acceptConflict(world, conflictId, because);
    await world.write();

    const former = [contact({ name: 'Carl Berg', email: 'ana.lopez44@gmail.com' }), property({ mlsId: 'RX-10101234' })];
    const present = [contact({ name: 'A Reyes', email: 'ana.reyes71@gmail.com' }), property({ mlsId: 'RX-10105678' })];
    await insert(world.mongo, { contacts: [former[0]!, present[0]!], properties: [former[1]!, present[1]!] });
    await world.follow();
    for (const [at, one] of [ana, home].entries()) {
      assert.notEqual(await keyOf(world, former[at]!), await keyOf(world, one));
      assert.equal(await keyOf(world, present[at]!), await keyOf(world, one));
    }
  },
);

test(
  'two leads that became one agree with both documents once a person has decided, and can be handed back with all that belongs to them',
  withMongo,
  async (t) => {
    const agent = user();
    const ana = contact({ name: 'Ana Lopez', email: 'ana.lopez44@gmail.com', createdAt: new Date('2024-06-01') });
    const annie = contact({ name: 'Annie Lopez', email: 'annie71@gmail.com', ownerId: agent._id });
    const documents = {
      users: [agent],
      contacts: [ana, annie],
      savedsearches: [search(annie._id)],
      activities: [activity(annie._id)],
      leadassignments: [assignment(annie._id, agent._id, 'assigned', '2025-01-03')],
    };
    const world = await owning(t, documents, ['lead']);
    const [one, other] = [await keyOf(world, ana), await keyOf(world, annie)];
    await world.edit('contacts', { name: 'Annie Lopez' }, { bedsMin: 3 });
    await world.follow();
    await world.correct('lead', one, { email: 'annie71@gmail.com' });
    await world.write();
    const before = await world.documents('savedsearches');
    // The next import joins the documents that say the same address now.
    await insert(world.mongo, { properties: [property()] });
    await world.follow();
    assert.deepEqual([await keyOf(world, ana), await keyOf(world, annie)], [one, one]);
    const { fields } = (await loadOwned(world.store, 'lead', one)).state;
    const owner = (await loadOwned(world.store, 'lead', other)).state.fields.ownerMemberKey;
    assert.ok(typeof owner === 'string' && fields.ownerMemberKey === owner);

    // What the old CRM said of the lead that ended is now a question about the one that continues it.
    const [conflict, ...more] = await openConflicts(world.db);
    assert.deepEqual([conflict!.recordKey, more], [one, []]);
    assert.deepEqual(Object.keys(conflict!.fields).sort(), ['bedroomsMin', 'firstName']);
    await acceptConflict(world, conflict!.conflictId, because, ['bedroomsMin']);
    await world.write();

    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
    const options = { mapping: world.mapping, dryRun: false, acceptDifferences: false, follow: world.followed };
    const { done, checks } = await cutOver(deps, mongo, 'lead', 'legacy', options, because);
    assert.ok(done, JSON.stringify(checks.filter(({ ok }) => !ok)));
    const names = (await world.documents('contacts')).map(({ name, firstName }) => firstName ?? name);
    assert.deepEqual(names, ['Ana Lopez', 'Ana Lopez']);
    assert.deepEqual(await world.documents('savedsearches'), before);
    const { rows } = await sql<{ contact_key: string }>`
      select distinct contact_key from ops.import_document where contact_key is not null`.execute(world.db);
    assert.deepEqual(rows, [{ contact_key: one }]);
    assert.equal(await world.follow(), 0);
  },
);
