import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openConflicts } from '../../../importers/differences/conflicts.ts';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { loadOwned } from '../../../importers/owned/record-view.ts';
import { acceptConflict, refuseConflict } from '../../../importers/owned/resolve-conflict.ts';
import { sharedWith } from '../../../importers/owned/sharing/shared.ts';
import { splitByHand } from '../../../importers/splitting/split-by-hand.ts';
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
    await world.edit('contacts', { name: 'Annie Lopez' }, { bedsMin: 3, timeframe: '3-6 months' });
    await world.follow();
    const change = { field: 'email', before: 'ana.lopez44@gmail.com', after: 'annie71@gmail.com' };
    const warned = await sharedWith(world.db, world.store, [{ aggregate: 'lead', recordKey: one, changes: [change] }]);
    await world.correct('lead', one, { email: 'annie71@gmail.com' });
    await world.write();
    const before = await world.documents('savedsearches');
    // No one changes anything in the old CRM: the next look joins the documents that say the same address now.
    await world.follow();
    assert.deepEqual([await keyOf(world, ana), await keyOf(world, annie)], [one, one]);
    const [joined, ...others] = warned;
    assert.deepEqual(
      [joined?.other.recordKey, joined?.follows, joined?.when, joined?.continues, others],
      [other, 'one-record', 'written', one, []],
    );
    const { fields } = (await loadOwned(world.store, 'lead', one)).state;
    const owner = (await loadOwned(world.store, 'lead', other)).state.fields.ownerMemberKey;
    assert.ok(typeof owner === 'string' && fields.ownerMemberKey === owner);

    // What someone changed there in the lead that ended is now a question about the one that continues it. Nothing else is: where no
    // one had changed the names, the merged lead has the later one.
    const [conflict, ...more] = await openConflicts(world.db);
    assert.deepEqual([conflict!.recordKey, more], [one, []]);
    assert.deepEqual(Object.keys(conflict!.fields).sort(), ['bedroomsMin', 'timeframe']);
    assert.equal(fields.firstName, 'Annie');
    await acceptConflict(world, conflict!.conflictId, because, ['bedroomsMin']);
    await world.write();

    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
    const options = { mapping: world.mapping, dryRun: false, acceptDifferences: false, follow: world.followed };
    const { done, checks } = await cutOver(deps, mongo, 'lead', 'legacy', options, because);
    assert.ok(done, JSON.stringify(checks.filter(({ ok }) => !ok)));
    const names = (await world.documents('contacts')).map(({ name, firstName }) => firstName ?? name);
    assert.deepEqual(names, ['Ana Lopez', 'Annie Lopez']);
    assert.ok((await world.documents('contacts')).every(({ timeframe }) => timeframe !== '3-6 months'));
    assert.deepEqual(await world.documents('savedsearches'), before);
    const { rows } = await sql<{ contact_key: string }>`
      select distinct contact_key from ops.import_document where contact_key is not null`.execute(world.db);
    assert.deepEqual(rows, [{ contact_key: one }]);
    assert.equal(await world.follow(), 0);
  },
);

test(
  'a split here is no edit in the old CRM: both people are as their documents say, but for what was changed here, and each is written to their own',
  withMongo,
  async (t) => {
    const shared = { email: 'family@example.com' };
    const ana = contact({ ...shared, name: 'Ana Lopez', phone: '5615550101', createdAt: new Date('2024-06-01') });
    const bob = contact({ ...shared, name: 'Bob Buyer', phone: '5615550102', createdAt: new Date('2024-07-01') });
    const [one, two] = ['1 A St, Boca Raton, FL 33432', '2 B St, Boca Raton, FL 33432'].map((address, at) =>
      property({ mlsId: 'RX-10000001', address, price: 300_000 + at }),
    );
    const documents = { contacts: [ana, bob], properties: [one!, two!] };
    const world = await owning(t, documents, ['lead', 'listing']);
    const key = await keyOf(world, ana);
    assert.equal(await keyOf(world, bob), key);
    await world.edit('contacts', { name: 'Ana Lopez' }, { bedsMin: 3 });
    await world.follow();
    const { db, store } = world;
    const deps = { db, store, clock: fixedClock(new Date().toISOString()) };
    const who = { by: 'dana', because: 'Two people' };
    const splitting = { aggregate: 'lead', recordKey: key, documents: [String(bob._id)] } as const;
    // The other person would begin with what no one has decided about.
    await assert.rejects(splitByHand(deps, splitting, who), /no one has decided/);
    await refuseConflict(world, (await openConflicts(db))[0]!.conflictId, because);
    await world.write();
    await world.correct('lead', key, { cities: ['Jupiter'] });

    await splitByHand(deps, splitting, who);
    const home = await keyOf(world, one!);
    const stop = new AbortController();
    const progress = (what: string) => {
      if (what === 'appending') stop.abort();
      return { update: () => {}, stop: () => {} };
    };
    const splittingHomes = { aggregate: 'listing', recordKey: home, documents: [String(two!._id)] } as const;
    await assert.rejects(splitByHand({ ...deps, progress }, splittingHomes, who, { signal: stop.signal }));
    await world.follow(); // completes it
    assert.deepEqual(await openConflicts(db), []);
    await world.correct('lead', await keyOf(world, bob), { mobilePhone: '+15615550199' });
    await world.write();
    const said = (await world.documents('contacts')).map(({ name, phone }) => [
      name,
      String(phone).replace(/\D/g, '').slice(-4),
    ]);
    assert.deepEqual(said, [
      ['Ana Lopez', '0101'],
      ['Bob Buyer', '0199'],
    ]);
    const fieldsOf = async (type: 'lead' | 'listing', document: { readonly _id: unknown }) =>
      (await loadOwned(store, type, await keyOf(world, document))).state.fields;
    const [first, other] = [await fieldsOf('lead', ana), await fieldsOf('lead', bob)];
    assert.deepEqual([first.firstName, first.mobilePhone, first.cities], ['Ana', '+15615550101', ['Jupiter']]);
    assert.deepEqual([other.firstName, other.mobilePhone, other.bedroomsMin ?? null], ['Bob', '+15615550199', null]);
    assert.deepEqual(
      [(await fieldsOf('listing', one!)).listPrice, (await fieldsOf('listing', two!)).listPrice],
      [300_000, 300_001],
    );
    assert.equal(await world.follow(), 0);
    assert.deepEqual(await openConflicts(db), []);
  },
);
