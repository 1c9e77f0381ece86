import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { retryWrites, unwritten } from '../../../../importers/differences/outbox.ts';
import { compileMapping } from '../../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../../importers/mappings/load-mapping.ts';
import { writeBack } from '../../../../importers/owned/write-back.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { property } from '../../support/documents.ts';
import { owning } from '../owning.ts';

test(
  'what a changed mapping newly finds in a document is not overwritten as if it had been removed here',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property({ sq: 2_000 })] }, ['listing']);
    const [key] = await world.keys('listing');
    const { file } = await loadMapping('home-grown');
    const fields = { ...file.listings!.fields, livingArea: { from: [{ path: 'sq' }] } };
    const mapping = compileMapping({ ...file, listings: { ...file.listings!, fields } } as typeof file);
    await world.correct('listing', key!, { listPrice: 475_000 });
    const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
    assert.deepEqual(await writeBack(deps, world.mongo.url, { mapping }), { written: 0, refused: 0, waiting: 1 });
    const [document] = await world.documents('properties');
    assert.deepEqual([document!.sq, document!.price], [2_000, 450_000]);
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual(conflict?.fields.livingArea, { before: null, legacy: 2_000, openhouse: null });
  },
);

test(
  'a document in quarantine as it is now is not written, the reason says so, and it is written once it is sound',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, ['listing']);
    const [key] = await world.keys('listing');
    await world.edit('properties', {}, { status: 'ask Dave' });
    await world.correct('listing', key!, { listPrice: 475_000 });
    assert.deepEqual(await world.write(), { written: 0, refused: 1, waiting: 0 });
    assert.equal((await unwritten(world.db))[0]!.code, 'in-quarantine');
    await world.edit('properties', {}, { status: 'Active', note: 'asked' });
    await world.follow();
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    const [document] = await world.documents('properties');
    assert.deepEqual([document!.status, document!.price, document!.note], ['Active', 475_000, 'asked']);
  },
);

test('a document that the mapping now leaves out is not written, and the reason says so', withMongo, async (t) => {
  const world = await owning(t, { properties: [property({ office: 'Naples' }), property()] }, ['listing']);
  const { file } = await loadMapping('home-grown');
  const collections = [{ name: 'properties', where: [['office', { not: 'Naples' }]] }];
  const mapping = compileMapping({ ...file, listings: { ...file.listings!, collections } } as unknown as typeof file);
  for (const key of await world.keys('listing')) await world.correct('listing', key, { listPrice: 475_000 });
  const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
  assert.deepEqual(await writeBack(deps, world.mongo.url, { mapping }), { written: 1, refused: 1, waiting: 0 });
  assert.equal((await unwritten(world.db))[0]!.code, 'left-out');
  const prices = (await world.documents('properties')).map(({ office, price }) => [office, price]);
  assert.deepEqual(prices, [
    ['Naples', 450_000],
    [undefined, 475_000],
  ]);
  await retryWrites(world.db);
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
});
