import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ObjectId } from 'bson';
import { sql } from 'kysely';
import { deletionDecisions } from '../../../importers/mongo/following/decided.ts';
import { type FollowOptions, followMongo } from '../../../importers/mongo/following/follow.ts';
import { confirmDeletions, deletionsWaiting } from '../../../importers/mongo/following/waiting.ts';
import { dataQuality } from '../../../importers/reporting/data-quality.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { isUserError } from '../../../platform/errors.ts';
import { readFollowing } from '../../../queries/importing/following.ts';
import { followingInWords } from '../../../queries/importing/following-words.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo, type TestMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { datesWritten, inZone } from '../support/dates-written.ts';
import { activity, contact, property, search, user } from '../support/documents.ts';
import type { Documents } from '../support/dump.ts';
import { quarantined, type TestImporter, testImporter } from '../support/importer.ts';
import { insert } from '../support/live.ts';

const byDana = { by: 'dana', because: 'They were cleaned up', at: new Date('2026-06-01T12:00:00Z') };

type World = TestImporter & {
  readonly mongo: TestMongo;
  follow(options?: FollowOptions): ReturnType<typeof followMongo>;
  /** Follows, and sweeps all documents. */
  sweep(options?: FollowOptions): ReturnType<typeof followMongo>;
  /** Changes the document of a collection; without a new date unless `updatedAt` is given. */
  set(collection: string, id: { toHexString(): string }, fields: object): Promise<void>;
};

/** A server with these documents, read to the end once. */
const following = async (t: TestContext, start: typeof startMongo, documents: Documents): Promise<World> => {
  const mongo = await start(t);
  await insert(mongo, documents);
  const importer = await testImporter(t);
  const { db, store } = importer;
  const follow = (options: FollowOptions = {}) =>
    followMongo({ db, store, clock: fixedClock(new Date().toISOString()) }, mongo.url, {
      patienceMs: 10_000,
      sweepEveryMs: 1_000_000_000,
      ...options,
    });
  const world = {
    mongo,
    follow,
    sweep: (options: FollowOptions = {}) => follow({ sweepEveryMs: 0, compareEveryMs: 0, ...options }),
    set: async (collection: string, id: { toHexString(): string }, fields: object) => {
      const { ObjectId } = await import('mongodb-legacy');
      const { matchedCount } = await mongo.client
        .db()
        .collection(collection)
        .updateOne({ _id: new ObjectId(id.toHexString()) }, { $set: fields });
      assert.equal(matchedCount, 1);
    },
  };
  assert.equal((await follow()).firstPass, true);
  return Object.assign(importer, world);
};

const newTypes = async (world: World, work: () => Promise<unknown>): Promise<string[]> => {
  const before = (await world.events()).length;
  await work();
  return await world.types(before);
};

const remove = ({ mongo }: World, collection: string, filter: object) =>
  mongo.client.db().collection(collection).deleteMany(filter);

testOnBoth('a change is followed by its date, and reading it again changes nothing', async (t, start) => {
  const home = property();
  const world = await following(t, start, { properties: [home, property()] });
  await world.set('properties', home._id, { price: 475_000, updatedAt: new Date() });
  assert.deepEqual(await newTypes(world, () => world.follow()), ['ListPriceChanged']);
  assert.deepEqual(await world.follow(), {
    firstPass: false,
    read: 0,
    changed: 0,
    events: 0,
    deleted: 0,
    leftQuarantine: 0,
    deletionsWaiting: 0,
  });
});

testOnBoth('a change is followed by its date, however that is written and in whatever zone', async (t, start) => {
  const homes = Object.keys(datesWritten(new Date())).map(() => property());
  const world = await following(t, start, { properties: homes });
  for (const [at, updatedAt] of Object.values(datesWritten(new Date())).entries())
    await world.set('properties', homes[at]!._id, { price: 475_000 + at, updatedAt });
  assert.equal((await world.follow()).changed, homes.length);
  assert.equal((await world.follow()).changed, 0);
  await world.set('properties', homes[0]!._id, { price: 465_000, updatedAt: inZone(new Date(), 0, 'day') });
  assert.equal((await world.follow()).changed, 1, 'a day has many moments');
  const { rows } = await sql<{ at: Date; now: Date }>`
    select newest_change_at as at, polled_at as now from ops.import_follow where collection = 'properties'`.execute(
    world.db,
  );
  assert.ok(rows[0]!.at <= rows[0]!.now);
});

testOnBoth('a new document is found even if it has no date', async (t, start) => {
  const buyer = contact();
  const world = await following(t, start, { contacts: [buyer], activities: [activity(buyer._id)] });
  const { ObjectId } = await import('mongodb-legacy');
  await world.mongo.client
    .db()
    .collection('activities')
    .insertOne({
      contactId: new ObjectId(buyer._id.toHexString()),
      type: 'call',
      at: new Date(),
    });
  assert.deepEqual(await newTypes(world, () => world.follow()), ['LeadActivityLogged']);
});

testOnBoth('what is committed late, or dated by a clock that is behind, is found within the lag', async (t, start) => {
  const home = property();
  const world = await following(t, start, { properties: [home] });
  await world.set('properties', home._id, { price: 475_000, updatedAt: new Date(Date.now() - 90_000) });
  assert.equal((await world.follow({ lagMs: 1_000 })).changed, 0);
  assert.equal((await world.follow({ lagMs: 10 * 60_000 })).changed, 1);
});

testOnBoth('polls look back further once changes came with dates that they had passed', async (t, start) => {
  const [home, other, buyer, agent] = [property(), property(), contact(), user()];
  const world = await following(t, start, { properties: [home, other], contacts: [buyer], users: [agent] });
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  const inWords = async () => {
    const found = await readFollowing(world.db, { now: new Date(), mongoUrl: world.mongo.url });
    return followingInWords(found!, 'UTC').match(/changes come up to [^;]*\)/)?.[0];
  };
  await sql`update ops.import_follow set passed_at = passed_at - interval '23 hours'`.execute(world.db);
  // A change without a new date, and one of long ago, say nothing about a clock.
  await world.set('users', agent._id, { name: 'Ann Other' });
  await world.set('properties', other._id, { price: 465_000, updatedAt: hoursAgo(48) });
  assert.equal((await world.sweep()).changed, 2);
  assert.equal(await inWords(), undefined);

  await sql`update ops.import_follow set compared_at = compared_at - interval '23 hours'`.execute(world.db);
  await world.set('properties', home._id, { price: 475_000, updatedAt: hoursAgo(5) });
  assert.equal((await world.follow()).changed, 0);
  assert.equal((await world.sweep()).changed, 1);
  // A new document shows it at once: its ObjectId says when it came.
  await insert(world.mongo, { contacts: [contact({ _id: new ObjectId(), updatedAt: hoursAgo(3) })] });
  assert.equal((await world.follow()).changed, 1);
  assert.equal(await inWords(), 'changes come up to 5 hours after their dates (in contacts, properties)');

  await world.set('properties', other._id, { price: 485_000, updatedAt: hoursAgo(5) });
  await world.set('contacts', buyer._id, { name: 'Maria López', updatedAt: hoursAgo(3) });
  assert.equal((await world.follow()).changed, 2);
  assert.equal((await world.follow()).changed, 0);

  await sql`update ops.import_follow set dated_late_until = now()`.execute(world.db);
  await world.set('properties', home._id, { price: 495_000, updatedAt: hoursAgo(4) });
  assert.equal((await world.follow()).changed, 0, 'once none came for a week');
});

testOnBoth('a date in the future does not hold up what follows', async (t, start) => {
  const [home, other] = [property(), property()];
  const world = await following(t, start, { properties: [home, other] });
  await world.set('properties', home._id, { price: 475_000, updatedAt: new Date(Date.now() + 6 * 3_600_000) });
  assert.equal((await world.follow()).changed, 1);
  await world.set('properties', other._id, { price: 485_000, updatedAt: new Date() });
  assert.equal((await world.follow()).changed, 1);
});

testOnBoth(
  'a last change in the future is imported, counted as a warning, and does not move the cursor',
  async (t, start) => {
    const dates = [6, 48, 24 * 365].map((hours) => new Date(Date.now() + hours * 3_600_000));
    const ahead = dates.map((updatedAt) => property({ updatedAt }));
    const world = await following(t, start, { properties: [property()] });
    await insert(world.mongo, { properties: ahead });
    assert.equal((await world.follow({ sweepEveryMs: 0 })).changed, ahead.length);
    const { rows } = await sql<{ cursor_at: Date }>`
      select cursor_at from ops.import_follow where collection = 'properties'`.execute(world.db);
    assert.ok(rows[0]!.cursor_at.getTime() <= Date.now() + 1_000);
    assert.deepEqual(await quarantined(world.db), []);
    const { fields } = await dataQuality(world.db);
    const { documents, emptied } = fields.find(({ field }) => field === 'updatedAt')!;
    assert.deepEqual([documents.clean, emptied], [2, { 'date-in-future': 2 }], 'six hours may be a wrong time zone');
    await world.set('properties', ahead[2]!._id, { price: 485_000, updatedAt: new Date() });
    assert.equal((await world.follow()).changed, 1);
  },
);

test('more documents with one date than one round holds are all read', withMongo, async (t) => {
  const buyer = contact();
  const world = await following(t, startMongo, { contacts: [buyer], activities: [activity(buyer._id)] });
  const at = new Date();
  const many = Array.from({ length: 6_000 }, (_, _id) => ({
    _id,
    updatedAt: _id % 2 === 0 ? at : at.toISOString(),
    contactId: buyer.email,
    type: 'call',
    at,
  }));
  await world.mongo.client.db().collection<{ _id: number }>('activities').insertMany(many);
  // All go into quarantine, which is cheap, and more than a run takes unless the limit is lifted.
  const options = { quarantineLimit: { share: 1, least: 0 } };
  assert.equal((await world.follow(options)).changed, 6_000);
  assert.equal((await world.follow(options)).changed, 0);
});

testOnBoth('a change without a usable date is found by a sweep', async (t, start) => {
  const soon = new Date().toLocaleDateString('en-US');
  // What some programs write when there is no date.
  const placeholders = ['-000044-03-15', '0000-01-01', '0001-01-01', '1900-01-01', '1970-01-01'].flatMap((day) => [
    new Date(day),
    day,
  ]);
  const ahead = [new Date('2999-01-01'), new Date('9999-12-31'), '2999-01-01T00:00:00Z', '2999-01-01'];
  const dates = [null, soon, 17, '2026-5-1', '9999-12-31', ...placeholders, ...ahead];
  const homes = dates.map(() => property());
  const world = await following(t, start, { properties: homes });
  for (const [at, updatedAt] of dates.entries())
    await world.set('properties', homes[at]!._id, { price: 475_000, updatedAt });
  assert.equal((await world.follow()).changed, 0);
  assert.equal((await world.sweep({ compareEveryMs: 1e9 })).changed, dates.length);
  assert.equal((await world.sweep()).changed, 0);
  const { rows } =
    await sql`select undated::int, dated_ahead::int from ops.import_follow where collection = 'properties'`.execute(
      world.db,
    );
  assert.deepEqual(rows, [{ undated: dates.length - ahead.length, dated_ahead: ahead.length }]);
});

testOnBoth(
  'a document in quarantine is read again only when it changes, and leaves it once it is sound',
  async (t, start) => {
    const home = property({ status: 'Zzz' });
    const world = await following(t, start, { properties: [home, property()] });
    assert.equal((await quarantined(world.db)).length, 1);
    assert.equal((await world.sweep()).changed, 0);
    await world.set('properties', home._id, { status: 'Active', updatedAt: new Date() });
    assert.deepEqual(await newTypes(world, () => world.follow()), ['ListingEntered']);
    assert.equal((await quarantined(world.db)).length, 0);
  },
);

testOnBoth('what two sweeps miss gets the event that fits; one sweep is not enough', async (t, start) => {
  const [agent, buyer, home] = [user(), contact(), property()];
  const wish = search(buyer._id);
  const rest = { users: [user()], contacts: [contact()], properties: [property()], savedsearches: [search(buyer._id)] };
  const world = await following(t, start, {
    users: [agent, ...rest.users],
    contacts: [buyer, ...rest.contacts],
    properties: [home, ...rest.properties],
    savedsearches: [wish, ...rest.savedsearches],
  });
  const first = async (name: string) => await world.mongo.client.db().collection(name).findOne({});
  for (const name of ['users', 'contacts', 'properties', 'savedsearches']) {
    await remove(world, name, { _id: (await first(name))!._id });
  }
  assert.deepEqual(await newTypes(world, () => world.sweep()), []);
  assert.deepEqual((await newTypes(world, () => world.sweep())).sort(), [
    'LeadStageChanged',
    'MemberStatusChanged',
    'SearchPaused',
    'StandardStatusChanged',
  ]);
  assert.deepEqual(await newTypes(world, () => world.sweep()), []);
});

testOnBoth('a document that comes back is a change', async (t, start) => {
  const home = property({ status: 'Active' });
  const world = await following(t, start, { properties: [property(), home] });
  const stored = await world.mongo.client.db().collection('properties').findOne({ mlsId: home.mlsId });
  await remove(world, 'properties', { mlsId: home.mlsId });
  await world.sweep();
  assert.deepEqual(await newTypes(world, () => world.sweep()), ['StandardStatusChanged']);
  await world.mongo.client.db().collection('properties').insertOne(stored!);
  assert.deepEqual(await newTypes(world, () => world.sweep()), ['StandardStatusChanged']);
});

testOnBoth('when more than the share is gone, nothing is deleted until a person confirms it', async (t, start) => {
  const world = await following(t, start, { properties: Array.from({ length: 20 }, () => property()) });
  await remove(world, 'properties', {});
  await insert(world.mongo, { properties: [property()] });
  await world.sweep();
  const stopped = await world.sweep();
  assert.deepEqual([stopped.deleted, stopped.deletionsWaiting], [0, 20]);
  assert.deepEqual(await deletionsWaiting(world.db), [
    { source: world.mongo.url, collection: 'properties', documents: 20 },
  ]);
  await confirmDeletions(world.db, byDana);
  const done = await world.follow();
  assert.deepEqual([done.deleted, done.events, done.deletionsWaiting], [20, 20, 0]);
  // The history of each says who confirmed it, and why.
  const last = (await world.events()).slice(-20).map(({ metadata: { actor, reason } }) => ({ actor, reason }));
  assert.deepEqual(last, Array(20).fill({ actor: { kind: 'person', id: 'dana' }, reason: byDana.because }));
  assert.deepEqual(await deletionDecisions(world.db), [
    { collection: 'properties', documents: 20, decision: 'deleted', ...byDana },
  ]);
});

testOnBoth('following fails while the server is away, and goes on from there', async (t, start) => {
  const world = await following(t, start, { properties: [property()] });
  world.mongo.kill();
  const { db, store } = world;
  const away = `${world.mongo.url}?serverSelectionTimeoutMS=300`;
  const error = await followMongo({ db, store, clock: fixedClock(new Date().toISOString()) }, away).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(isUserError(error), String(error));
  assert.equal(error.code, 'mongo-unreachable');
});

testOnBoth('a change that keeps its date is found when all contents are compared', async (t, start) => {
  const home = property({ updatedAt: new Date('2026-05-01') });
  const world = await following(t, start, { properties: [home, property()] });
  await world.set('properties', home._id, { price: 475_000 });
  assert.equal((await world.sweep({ compareEveryMs: 1_000_000_000 })).changed, 0);
  assert.equal((await world.sweep()).changed, 1);
});

/** Runs `work` as if an import were running. */
const whileImporting = ({ db }: Pick<Awaited<ReturnType<typeof following>>, 'db'>, work: () => Promise<void>) =>
  withImportLease(db, new AbortController().signal, () => {}, work);

testOnBoth('contents are not compared while an import runs, but soon after it', async (t, start) => {
  const home = property({ updatedAt: new Date('2026-05-01') });
  const world = await following(t, start, { properties: [home] });
  await world.set('properties', home._id, { price: 475_000 });
  await whileImporting(world, async () => {
    assert.equal((await world.follow({ compareEveryMs: 0 })).changed, 0);
  });
  assert.equal((await world.follow({ compareEveryMs: 0 })).changed, 1);
});

testOnBoth('nothing is deleted while an import runs; what a person confirmed is deleted after it', async (t, start) => {
  const homes = Array.from({ length: 4 }, () => property());
  const world = await following(t, start, { properties: homes });
  await remove(world, 'properties', { mlsId: { $in: [homes[0]!.mlsId, homes[1]!.mlsId, homes[2]!.mlsId] } });
  await world.sweep();
  assert.equal((await world.sweep()).deletionsWaiting, 3);
  await confirmDeletions(world.db, { ...byDana, because: null });
  await whileImporting(world, async () => {
    assert.equal((await world.follow()).deleted, 0);
  });
  assert.equal((await world.follow()).deleted, 3);
  const { actor, reason } = (await world.events()).at(-1)!.metadata;
  assert.deepEqual([actor.id, reason], ['dana', undefined]);
});

test('of several documents without a usable _id, a comparison finds all at once', withMongo, async (t) => {
  const world = await following(t, startMongo, { contacts: [contact()] });
  const others = Array.from({ length: 1_500 }, (_, n) => ({ ...contact(), _id: `a${n}` }));
  await insert(world.mongo, { contacts: [{ ...contact(), _id: '' }, ...others, { ...contact(), _id: '\u200b' }] });
  const options = { compareEveryMs: 0, quarantineLimit: { share: 1, least: 0 } };
  assert.equal((await world.follow(options)).changed, 1_502);
  assert.deepEqual(await quarantined(world.db), ['contacts id-missing', 'contacts id-missing']);
});

testOnBoth('a collection that is gone waits for a person like any large deletion', async (t, start) => {
  const world = await following(t, start, { properties: [property(), property()], contacts: [contact()] });
  await world.mongo.client.db().collection('properties').drop();
  await world.sweep();
  assert.equal((await world.sweep()).deletionsWaiting, 2);
});

testOnBoth('a collection that appears later is read from its beginning', async (t, start) => {
  const world = await following(t, start, { properties: [property()] });
  await insert(world.mongo, { contacts: [contact({ createdAt: '2020-01-01', updatedAt: '2020-01-01' })] });
  assert.deepEqual(await newTypes(world, () => world.follow()), ['LeadCaptured']);
});

testOnBoth('a database without any of the collections is an error, not nothing to do', async (t, start) => {
  const mongo = await start(t);
  const { db, store } = await testImporter(t);
  const error = await followMongo({ db, store, clock: fixedClock(new Date().toISOString()) }, mongo.url).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(isUserError(error), String(error));
  assert.equal(error.code, 'mongo-nothing-there');
});
