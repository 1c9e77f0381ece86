import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { type FollowOptions, followMongo } from '../../../importers/mongo/following/follow.ts';
import { confirmDeletions, deletionsWaiting } from '../../../importers/mongo/following/waiting.ts';
import { importMongo } from '../../../importers/mongo/import-mongo.ts';
import { readFollowing } from '../../../queries/importing/following.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { property } from '../support/documents.ts';
import { quarantined, testImporter } from '../support/importer.ts';
import { type Command, intercepting, type Trouble } from '../support/intercepting.ts';
import { insert } from '../support/live.ts';

const byDana = { by: 'dana', because: 'They were cleaned up', at: new Date('2026-06-01T12:00:00Z') };

/** What the old CRM's server does with a command. */
type Server = { trouble: (command: Command) => Trouble | Promise<Trouble> };

type Collections = NonNullable<MappingFile['listings']>['collections'];

/** A server with listings in several collections, and an importer that has read nothing yet. */
const severalCollections = async (
  t: TestContext,
  start: typeof startMongo,
  documents: Readonly<Record<string, readonly object[]>>,
) => {
  const mongo = await start(t);
  await insert(mongo, documents);
  const importer = await testImporter(t);
  const { db, store } = importer;
  const { file } = await loadMapping();
  const mappingOf = (collections: Collections) =>
    compileMapping({ name: 'test', listings: { ...file.listings!, collections } });
  const server: Server = { trouble: () => undefined };
  const url = await intercepting(t, mongo.url, (command) => server.trouble(command));
  const deps = () => ({ db, store, clock: fixedClock(new Date().toISOString()) });
  const limit = { quarantineLimit: { share: 1, least: 0 }, patienceMs: 10_000 };
  return {
    ...importer,
    mongo,
    server,
    collection: (name: string) => mongo.client.db().collection<{ _id: number }>(name),
    importAll: (collections: Collections = inTwo) =>
      importMongo(deps(), url, { ...limit, mapping: mappingOf(collections) }),
    follow: (options: FollowOptions = {}, collections: Collections = inTwo) =>
      followMongo(deps(), url, { ...limit, sweepEveryMs: 1e12, mapping: mappingOf(collections), ...options }),
  };
};

const inTwo: Collections = [{ name: 'homes' }, { name: 'condos' }];
const sweeping = { sweepEveryMs: 0, compareEveryMs: 0 };
const homes = (...ids: readonly number[]) => ids.map((_id) => property({ _id }));
const several = (count: number) => Array.from({ length: count }, () => property());
const bothSetAside = ['properties id-twice', 'properties id-twice'];

test('how far one collection of a record type was read says nothing about the others', withMongo, async (t) => {
  const world = await severalCollections(t, startMongo, { homes: homes(5), condos: homes(1, 9) });
  world.server.trouble = ({ find }) =>
    find === 'condos' ? { code: 13, errmsg: 'not authorized on legacy' } : undefined;
  assert.equal((await world.importAll()).problems.length, 1);
  world.server.trouble = () => undefined;
  await world.importAll();
  assert.deepEqual(await world.types(), ['ListingEntered', 'ListingEntered', 'ListingEntered']);
});

testOnBoth('of documents that share an _id in two collections, none takes the place of the other', async (t, start) => {
  const world = await severalCollections(t, start, { homes: homes(1), condos: homes(1, 2) });
  await world.follow();
  assert.deepEqual(await quarantined(world.db), bothSetAside);
  const edit = async (price: number) => {
    await world.collection('homes').updateOne({ _id: 1 }, { $set: { price, updatedAt: new Date() } });
    await world.follow();
  };
  await edit(475_000);
  assert.deepEqual(await quarantined(world.db), bothSetAside);
  assert.deepEqual(await world.types(), ['ListingEntered']);
  await world.collection('condos').deleteOne({ _id: 1 });
  await edit(485_000);
  assert.deepEqual(await quarantined(world.db), []);
  assert.deepEqual(await world.types(), ['ListingEntered', 'ListingEntered']);
});

testOnBoth('the same holds when one of the collections appears later', async (t, start) => {
  const world = await severalCollections(t, start, { homes: homes(1, 2) });
  await world.follow();
  await insert(world.mongo, { condos: homes(1, 3) } as object);
  await world.follow();
  assert.deepEqual(await quarantined(world.db), bothSetAside);
  assert.deepEqual(await world.types(), ['ListingEntered', 'ListingEntered', 'ListingEntered']);
});

test(
  'documents that share an _id are applied together, also when they are too large for one run',
  withMongo,
  async (t) => {
    const ids = Array.from({ length: 70 }, (_, at) => at);
    const large = { remarks: 'x'.repeat(600_000) };
    const condos = ids.map((_id) => property({ _id, ...large }));
    const world = await severalCollections(t, startMongo, { homes: homes(1_000), condos });
    await world.follow();
    const edited = ids.map((_id) => property({ _id, updatedAt: new Date() }));
    await insert(world.mongo, { homes: edited } as object);
    const waiting = async () => {
      const { rows } = await sql`select from ops.import_follow where waiting_since is not null`.execute(world.db);
      return rows.length;
    };
    const first = await world.follow();
    assert.ok(first.changed < 2 * ids.length, 'of 42 MB, one run reads about 32 MB');
    assert.equal((await quarantined(world.db)).length, first.changed, 'each with the other that has its _id');
    assert.equal(await waiting(), 1);
    const second = await world.follow();
    assert.ok(second.changed < 2 * ids.length);
    assert.equal((await quarantined(world.db)).length, 2 * ids.length);
    assert.equal(await waiting(), 0);
  },
);

const narrower: readonly { what: string; mapping: Collections }[] = [
  { what: 'without one of its collections', mapping: [{ name: 'homes' }] },
  { what: 'with a filter', mapping: [{ name: 'homes' }, { name: 'condos', where: [['kind', 'condo']] }] },
];

for (const { what, mapping } of narrower) {
  testOnBoth(`what a mapping ${what} leaves out is not deleted before a person confirms it`, async (t, start) => {
    const world = await severalCollections(t, start, { homes: several(4), condos: several(2) });
    const sweep = () => world.follow({ ...sweeping, maxGoneShare: 1 }, mapping);
    await world.follow();
    await sweep();
    await world.collection('homes').deleteOne({});
    await sweep();
    assert.deepEqual(
      [await sweep(), await sweep()].map(({ deleted, deletionsWaiting }) => ({ deleted, deletionsWaiting })),
      [
        { deleted: 1, deletionsWaiting: 2 },
        { deleted: 0, deletionsWaiting: 2 },
      ],
    );
    await confirmDeletions(world.db, byDana);
    assert.equal((await sweep()).deleted, 2);
  });
}

testOnBoth('a collection that the mapping no longer has is not late: it is not followed', async (t, start) => {
  const world = await severalCollections(t, start, { homes: several(1), condos: several(1) });
  await world.follow();
  await world.follow({}, [{ name: 'homes' }]);
  const shown = await readFollowing(world.db, { now: new Date(), mongoUrl: world.mongo.url });
  assert.deepEqual(
    shown!.collections.map(({ collection }) => collection),
    ['homes'],
  );
  await insert(world.mongo, { condos: several(1) } as object);
  const { read, changed } = await world.follow();
  assert.deepEqual([read, changed], [3, 1], 'read from its beginning, with those that may share an _id');
});

testOnBoth('what a person confirms while following runs is deleted by the next run', async (t, start) => {
  const world = await severalCollections(t, start, { homes: several(4), condos: several(4) });
  await world.follow();
  await world.collection('condos').deleteMany({});
  await world.follow(sweeping);
  await world.follow(sweeping);
  let confirmed = false;
  world.server.trouble = async ({ filter }) => {
    const isPoll = JSON.stringify(filter ?? '').includes('updatedAt');
    if (isPoll && !confirmed) await confirmDeletions(world.db, byDana);
    confirmed ||= isPoll;
    return undefined;
  };
  assert.equal((await world.follow()).deleted, 0);
  assert.ok(confirmed);
  assert.equal((await deletionsWaiting(world.db)).length, 1);
  assert.equal((await world.follow()).deleted, 4);
});
