import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSides } from '../../../importers/owned/parity.ts';
import { lastComparisons } from '../../../queries/importing/last-comparisons.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property, user } from '../support/documents.ts';
import { connected } from './both-sides.ts';
import { owning } from './owning.ts';

test('what was imported is the same on both sides, and a difference is shown field by field', withMongo, async (t) => {
  const documents = { users: [user()], contacts: [contact()], properties: [property(), property({ price: '450k' })] };
  const world = await owning(t, documents, []);
  const { compare } = await connected(t, world);
  for (const type of ['listing', 'lead', 'agent'] as const) {
    const { records, same, examples } = await compare(type);
    assert.deepEqual([same, examples], [records, []]);
  }
  const agreed = (await lastComparisons(world.db)).map(({ recordType, records, agreed }) => [
    recordType,
    records,
    agreed,
  ]);
  assert.deepEqual(agreed, [
    ['agent', 1, true],
    ['lead', 1, true],
    ['listing', 2, true],
  ]);
  const [key] = await world.keys('listing');
  await world.correct('listing', key!, { listPrice: 475_000 });
  const { differing, examples, buckets } = await compare('listing');
  assert.equal(differing, 1);
  assert.deepEqual(examples[0]!.fields, [{ field: 'listPrice', legacy: 450_000, openhouse: 475_000 }]);
  assert.notEqual(buckets[key![0]!]!.legacy, buckets[key![0]!]!.openhouse);
  const last = (await lastComparisons(world.db)).find(({ recordType }) => recordType === 'listing')!;
  assert.deepEqual([last.records, last.differing, last.agreed], [2, 1, false]);
});

test('a comparison that is stopped compares no further record', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact(), contact()] }, []);
  const { deps, mongo } = await connected(t, world);
  for (const key of await world.keys('lead')) await world.correct('lead', key, { firstName: 'Anna' });
  const stop = new AbortController();
  let [read, compared] = [0, 0];
  const shown: unknown[] = [];
  const progress = (label: string, total: number) => {
    shown.push([label, total]);
    return { update: (done: number) => void shown.push(done), stop: () => void shown.push('stopped') };
  };
  const readStream: typeof world.store.readStream = (...args) => {
    if (++read === 3) stop.abort(new Error('stopped by SIGINT'));
    return world.store.readStream(...args);
  };
  const onDiffering = async () => void compared++;
  const options = { mapping: world.mapping, signal: stop.signal, onDiffering };
  const store = { ...world.store, readStream };
  await assert.rejects(compareSides({ ...deps, store, progress }, mongo, 'lead', options), /stopped by SIGINT/);
  assert.deepEqual([read, compared], [3, 0]);
  assert.deepEqual(shown, [['comparing leads', 3], 'stopped']);
  await compareSides({ ...deps, progress }, mongo, 'lead', { mapping: world.mapping });
  assert.deepEqual(shown.slice(2), [['comparing leads', 3], 3, 'stopped']);
});
