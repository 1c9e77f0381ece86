import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import type { MappingFile } from '../../../importers/mappings/schema.ts';
import { type FollowOptions, followMongo } from '../../../importers/mongo/following/follow.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth } from '../../support/mongo-server.ts';
import { property } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';
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
  const follow = (options: FollowOptions) =>
    followMongo({ db, store, clock: fixedClock(new Date().toISOString()) }, mongo.url, {
      patienceMs: 10_000,
      mapping,
      compareEveryMs: 1_000_000_000,
      quarantineLimit: { share: 1, least: 0 },
      ...options,
    });
  await follow({});
  return { ...importer, mongo, follow, sweep: () => follow({ sweepEveryMs: 0 }) };
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
