import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { UUID } from 'bson';
import { sql } from 'kysely';
import { entryText } from '../../../cli/quarantine/text.ts';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { type FollowOptions, followMongo } from '../../../importers/mongo/following/follow.ts';
import {
  confirmDeletions,
  deletionsWaiting,
  keepWaiting,
  withoutIndex,
} from '../../../importers/mongo/following/waiting.ts';
import { dismissEntries } from '../../../importers/quarantine/dismiss-entries.ts';
import { dataQuality } from '../../../importers/reporting/data-quality.ts';
import { readQuarantine, readQuarantineEntry } from '../../../queries/importing/quarantine.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { property, user } from '../support/documents.ts';
import { quarantined, testImporter } from '../support/importer.ts';
import { intercepting } from '../support/intercepting.ts';
import { insert } from '../support/live.ts';

/** A server with these documents, read to the end once with a mapping of listings only. */
const sweeping = async (
  t: TestContext,
  start: typeof startMongo,
  documents: Readonly<Record<string, readonly object[]>>,
  listings: Partial<MappingFile['listings']>,
) => {
  const mongo = await start(t);
  await insert(mongo, documents);
  const importer = await testImporter(t);
  const { db, store } = importer;
  const { file } = await loadMapping();
  const mapping = compileMapping({ name: 'test', listings: { ...file.listings!, ...listings } });
  /** The filters of queries for certain documents. */
  let asked: unknown[] = [];
  const url = await intercepting(t, mongo.url, ({ find, filter }) => {
    if (find !== undefined && JSON.stringify(filter).includes('"_id":{"$in"')) asked.push(filter);
    return undefined;
  });
  const follow = (options: FollowOptions) =>
    followMongo({ db, store, clock: fixedClock(new Date().toISOString()) }, url, {
      patienceMs: 10_000,
      mapping,
      compareEveryMs: 1_000_000_000,
      quarantineLimit: { share: 1, least: 0 },
      ...options,
    });
  await follow({});
  const sweep = () => follow({ sweepEveryMs: 0 });
  const askedIn = async (work: () => Promise<unknown>) => {
    asked = [];
    await work();
    return asked;
  };
  return { ...importer, mongo, follow, sweep, askedIn };
};

const inTwo = [{ name: 'homes' }, { name: 'condos' }];
const several = (count: number) => Array.from({ length: count }, () => property());

testOnBoth('one sweep is not enough for a deletion from one of two collections either', async (t, start) => {
  const world = await sweeping(t, start, { homes: several(2), condos: several(2) }, { collections: inTwo });
  await world.mongo.client.db().collection('condos').deleteOne({});
  assert.equal((await world.sweep()).deleted, 0);
  assert.equal((await world.sweep()).deleted, 1);
});

testOnBoth('deletions that wait count once, however many collections a record type has', async (t, start) => {
  const world = await sweeping(t, start, { homes: several(4), condos: several(3) }, { collections: inTwo });
  for (const { name } of inTwo) await world.mongo.client.db().collection(name).deleteMany({});
  await world.sweep();
  assert.equal((await world.sweep()).deletionsWaiting, 7);
});

const ids = [
  { kind: 'a number', _id: 17 },
  { kind: 'a text', _id: 'home-17' },
  { kind: 'a UUID', _id: new UUID('1b4e28ba-2fa1-4bd2-883f-0016d3cca427') },
  { kind: 'a date', _id: new Date('2026-05-01') },
];

const undated = { createdAt: undefined, updatedAt: undefined };
const { updatedAt: _, ...withoutDate } = (await loadMapping()).file.listings!.fields;

testOnBoth('a sweep finds new documents whose _id does not say when they were created', async (t, start) => {
  const world = await sweeping(t, start, { properties: several(2) }, { fields: withoutDate });
  await insert(world.mongo, { properties: ids.map(({ _id }) => property({ ...undated, _id })) });
  assert.equal((await world.follow({ sweepEveryMs: 1e9 })).changed, 0);
  assert.equal((await world.sweep()).changed, ids.length);
  assert.equal((await world.sweep()).changed, 0);
  assert.equal((await world.types()).filter((type) => type === 'ListingEntered').length, 2 + ids.length);
});

testOnBoth('a sweep finds them in each of the collections of a record type', async (t, start) => {
  const world = await sweeping(t, start, { homes: several(1), condos: several(1) }, { collections: inTwo });
  const old = { updatedAt: new Date('2020-01-01') };
  await insert(world.mongo, {
    homes: [property({ ...old, _id: 1 })],
    condos: [property({ ...old, _id: 2 })],
  } as object);
  assert.equal((await world.sweep()).changed, 2);
});

testOnBoth('a sweep finds a document that comes back under its number', async (t, start) => {
  const home = property({ ...undated, _id: 1 });
  const world = await sweeping(t, start, { properties: [home, ...several(2)] }, { fields: withoutDate });
  const properties = world.mongo.client.db().collection<{ _id: number }>('properties');
  await properties.deleteOne({ _id: 1 });
  await world.sweep();
  assert.equal((await world.sweep()).deleted, 1);
  await insert(world.mongo, { properties: [home] });
  assert.equal((await world.sweep()).changed, 1);
  assert.equal((await world.sweep()).changed, 0);
});

test('a sweep reads the same documents only once, whatever became of them', withMongo, async (t) => {
  const homes = { name: 'homes', where: [['kind', 'home'] as [string, string]] };
  const mapped = { collections: [homes, { name: 'condos' }], fields: withoutDate };
  const world = await sweeping(t, startMongo, { homes: [property({ kind: 'home' })], condos: several(1) }, mapped);
  await insert(world.mongo, {
    homes: [
      property({ ...undated, _id: 'left out', kind: 'office' }),
      property({ ...undated, _id: 'quarantined', kind: 'home', status: 'Zzz' }),
      property({ ...undated, _id: 'contested', kind: 'home' }),
    ],
    condos: [property({ ...undated, _id: 'contested' })],
  } as object);
  const asked = await world.askedIn(async () => assert.equal((await world.sweep()).changed, 3));
  assert.equal(asked.length, 4, 'in each collection the new ones, and those that share an _id with one of the other');
  assert.deepEqual(await quarantined(world.db), [
    'properties id-twice',
    'properties id-twice',
    'properties status-unreadable',
  ]);
  assert.deepEqual(await world.askedIn(world.sweep), []);
});

test(
  'more new documents than one run holds are read by the next ones, and none counts as gone meanwhile',
  withMongo,
  async (t) => {
    const world = await sweeping(t, startMongo, { properties: several(3) }, { fields: withoutDate });
    await world.mongo.client.db().collection('properties').deleteOne({});
    const many = Array.from({ length: 5_200 }, (_, _id) => ({ _id, note: 'not a listing' }));
    await insert(world.mongo, { properties: many });
    assert.equal((await world.sweep()).changed, 5_000);
    assert.equal((await world.sweep()).changed, 200);
    assert.equal((await world.sweep()).deleted, 1);
    assert.equal((await world.sweep()).changed, 0);
  },
);

testOnBoth('a document that goes while it is in quarantine leaves it, and comes back with it', async (t, start) => {
  const home = property({ _id: 1, status: 'Zzz' });
  const world = await sweeping(t, start, { properties: [home, ...several(2)] }, {});
  assert.deepEqual(await quarantined(world.db), ['properties status-unreadable']);
  await world.mongo.client.db().collection<{ _id: number }>('properties').deleteOne({ _id: 1 });
  assert.equal((await world.sweep()).leftQuarantine, 0, 'one sweep is not enough');
  assert.equal((await world.sweep()).leftQuarantine, 1);
  assert.deepEqual(await quarantined(world.db), []);
  await insert(world.mongo, { properties: [home] });
  await world.sweep();
  assert.deepEqual(await quarantined(world.db), ['properties status-unreadable']);
});

testOnBoth(
  'what is in quarantine from a collection that the mapping no longer has leaves it, and is back when the mapping has it again',
  async (t, start) => {
    const [before, broken] = [property({ _id: 1, status: 'Zzz' }), property({ _id: 2, status: 'Zzz' })];
    const documents = { homes: [...several(2), before], condos: [broken], users: [user({ email: 17, name: 17 })] };
    const world = await sweeping(t, start, documents, { collections: inTwo });
    const { file } = await loadMapping();
    const inQuarantine = async (collections: string[]) => {
      const listings = { ...file.listings!, collections: collections.map((name) => ({ name })) };
      const agents = collections.length > 1 ? { agents: file.agents! } : {};
      const mapping = compileMapping({ name: 'test', listings, ...agents });
      await world.follow({ mapping, sweepEveryMs: 0 });
      await world.follow({ mapping, sweepEveryMs: 0 });
      const { rows } = await sql<{ place: string }>`
        select place from ops.quarantine where resolved_at is null order by place`.execute(world.db);
      return rows.map(({ place }) => place.split('/')[0]);
    };
    assert.deepEqual(await inQuarantine(['homes', 'condos']), ['condos', 'homes', 'users']);
    assert.deepEqual(await inQuarantine(['homes']), ['homes']);
    assert.deepEqual(await inQuarantine(['homes', 'condos']), ['condos', 'homes', 'users']);
  },
);

const setAside = (...ids: readonly (number | string)[]) => ids.map((_id) => property({ _id, status: 'Zzz' }));

for (const { what, gone, waiting } of [
  { what: 'too many of them are gone', gone: { status: 'Zzz' }, waiting: 3 },
  { what: 'deletions wait', gone: { _id: { $in: ['b', 'c', 1] } }, waiting: 3 },
]) {
  testOnBoth(`documents in quarantine that are gone wait for a person when ${what}`, async (t, start) => {
    const documents = [...setAside(1, 2, 3), ...['a', 'b', 'c', 'd'].map((_id) => property({ _id }))];
    const world = await sweeping(t, start, { properties: documents }, {});
    await world.mongo.client
      .db()
      .collection('properties')
      .deleteMany(gone as object);
    await world.sweep();
    assert.equal((await world.sweep()).deletionsWaiting, waiting);
    assert.equal((await quarantined(world.db)).length, 3);
    await confirmDeletions(world.db, keeping);
    const { deleted, leftQuarantine, deletionsWaiting } = await world.sweep();
    assert.deepEqual([deleted + leftQuarantine, deletionsWaiting], [waiting, 0]);
  });
}

const keeping = { by: 'dana', because: 'Sold homes stay', at: new Date('2026-06-01T12:00:00Z') };

testOnBoth('what a person keeps stays as it is and is not asked about again, until it comes back', async (t, start) => {
  const homes = ['a', 'b', 'c', 'd', 'e', 'f'].map((_id) => property({ _id }));
  const world = await sweeping(t, start, { properties: [...setAside(1), ...homes] }, {});
  const properties = world.mongo.client.db().collection('properties');
  await properties.deleteMany({ _id: { $in: [1, 'c', 'd', 'e', 'f'] } } as object);
  await world.sweep();
  assert.equal((await world.sweep()).deletionsWaiting, 5);
  const before = await world.types();
  await confirmDeletions(world.db, keeping);
  await keepWaiting(world.db, keeping, ['elsewhere']);
  await keepWaiting(world.db, keeping, ['properties']);
  for (const _ of [1, 2, 3]) {
    const { deleted, leftQuarantine, deletionsWaiting: waiting } = await world.sweep();
    assert.deepEqual([deleted, leftQuarantine, waiting], [0, 0, 0]);
  }
  assert.deepEqual(await deletionsWaiting(world.db), []);
  assert.deepEqual(await world.types(), before);
  assert.deepEqual(await quarantined(world.db), ['properties status-unreadable']);
  const { kept } = await dataQuality(world.db);
  const [by, because] = [keeping.by, keeping.because];
  assert.deepEqual(kept, [
    { collection: 'properties', documents: 5, keptAt: keeping.at.toISOString(), keptBy: by, because },
  ]);
  const back = { ...homes[5]!, price: 1_234_000, updatedAt: new Date() };
  await insert(world.mongo, { properties: [back] });
  assert.deepEqual([(await world.sweep()).changed, (await world.sweep()).changed], [1, 0]);
  await properties.deleteOne({ _id: 'f' } as object);
  assert.deepEqual([(await world.sweep()).deleted, (await world.sweep()).deleted], [0, 1]);
  assert.deepEqual(
    (await dataQuality(world.db)).kept.map(({ documents }) => documents),
    [4],
  );
});

testOnBoth(
  'what a changed mapping leaves out can be kept, and is followed again when the mapping takes it',
  async (t, start) => {
    const condos = [property({ _id: 'condo' })];
    const world = await sweeping(t, start, { homes: several(3), condos }, { collections: inTwo });
    const { file } = await loadMapping();
    const narrowed = compileMapping({ name: 'test', listings: { ...file.listings!, collections: [inTwo[0]!] } });
    const narrowly = () => world.follow({ sweepEveryMs: 0, mapping: narrowed });
    await narrowly();
    assert.equal((await narrowly()).deletionsWaiting, 1);
    await keepWaiting(world.db, keeping);
    const waiting: number[] = [];
    for (const _ of [1, 2, 3]) waiting.push((await narrowly()).deletionsWaiting);
    assert.deepEqual(waiting, [0, 0, 0]);
    assert.equal((await dataQuality(world.db)).kept[0]!.documents, 1);
    await world.sweep();
    await world.sweep();
    assert.deepEqual((await dataQuality(world.db)).kept, []);
    await world.mongo.client
      .db()
      .collection('condos')
      .updateOne({ _id: 'condo' } as object, {
        $set: { price: 1_234_000, updatedAt: new Date() },
      });
    assert.equal((await world.follow({ sweepEveryMs: 1e9 })).changed, 1);
  },
);

testOnBoth('sweeps leave alone what is in quarantine from a dump', async (t, start) => {
  const world = await sweeping(t, start, { properties: several(4) }, {});
  await world.import({ properties: setAside(1) }, { quarantineLimit: { share: 1, least: 0 } });
  for (const _ of [1, 2, 3]) {
    const { leftQuarantine, deletionsWaiting } = await world.sweep();
    assert.deepEqual([leftQuarantine, deletionsWaiting], [0, 0]);
  }
  assert.equal((await quarantined(world.db)).length, 1);
});

testOnBoth('a dismissed document that is gone leaves the quarantine, and comes back dismissed', async (t, start) => {
  const [dismissed] = setAside(1);
  const world = await sweeping(t, start, { properties: [dismissed!, ...several(3)] }, {});
  const { rows } = await sql<{ id: string }>`select quarantine_id::text as id from ops.quarantine`.execute(world.db);
  const { id } = rows[0]!;
  await dismissEntries(world.db, [id], { by: 'dana', because: 'A test record', now: new Date() });
  const properties = world.mongo.client.db().collection<{ _id: number }>('properties');
  const shown = async () => {
    const row = (await readQuarantineEntry(world.db, id))!;
    return /State: (.*)/
      .exec(entryText({ row, edits: [], now: null }, 'UTC'))![1]!
      .replace(/\d{4}-\d\d-\d\d [\d:]+ UTC/g, '…');
  };
  await properties.deleteOne({ _id: 1 });
  assert.equal((await world.sweep()).leftQuarantine, 0);
  assert.equal(await shown(), 'dismissed … by dana: A test record');
  assert.equal((await world.sweep()).leftQuarantine, 1);
  assert.equal(
    await shown(),
    'left …: no longer found in the old CRM, or left out by the mapping (dismissed … by dana: A test record)',
  );
  assert.deepEqual(await readQuarantine(world.db, { dismissed: true }, 10), []);
  await insert(world.mongo, { properties: [dismissed!] });
  await world.sweep();
  assert.equal(await shown(), 'dismissed … by dana: A test record', 'nobody has to dismiss the same document again');
  await properties.deleteOne({ _id: 1 });
  await world.sweep();
  await world.sweep();
  await insert(world.mongo, { properties: [{ ...dismissed!, note: 'changed' } as object] });
  await world.sweep();
  assert.equal(await shown(), 'open');
  // As an older release leaves it, which may still be running.
  await sql`update ops.quarantine set gone_at = last_seen_at`.execute(world.db);
  assert.equal(await shown(), 'open');
});

testOnBoth('paths that no query can name do not stop following', async (t, start) => {
  const odd = {
    collections: [{ name: 'properties', where: [['$kind', { exists: false }] as [string, { exists: boolean }]] }],
    fields: { ...withoutDate, updatedAt: { from: [{ path: '$at' }, { path: 'meta.$at' }, { path: 'a\0b' }] } },
  };
  const world = await sweeping(t, start, { properties: several(1) }, odd);
  await insert(world.mongo, { properties: [property({ _id: 1 })] });
  assert.equal((await world.sweep()).changed, 1);
});

testOnBoth('each date of the last change that has no index of its own is named', async (t, start) => {
  const { fields } = (await loadMapping()).file.listings!;
  const updatedAt = { from: [{ path: 'updatedAt' }, { path: 'meta.modified' }, { path: 'edited' }] };
  const { db, mongo, sweep } = await sweeping(t, start, { properties: [property()] }, {
    fields: { ...fields, updatedAt },
  } as Partial<MappingFile['listings']>);
  await sweep();
  assert.deepEqual(await withoutIndex(db), ['properties.edited', 'properties.meta.modified', 'properties.updatedAt']);
  const properties = mongo.client.db().collection('properties');
  await properties.createIndex({ updatedAt: -1 });
  await properties.createIndex({ edited: 1, price: 1 });
  await properties.createIndex({ price: 1, 'meta.modified': 1 });
  await sweep();
  assert.deepEqual(await withoutIndex(db), ['properties.meta.modified']);
});
