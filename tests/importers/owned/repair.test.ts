import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { observedStore } from '../../../eventstore/observed-store.ts';
import { repairParity } from '../../../importers/owned/repair.ts';
import { beginRepair } from '../../../importers/owned/repair-under-way.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property } from '../support/documents.ts';
import { because, connected } from './both-sides.ts';
import { owning } from './owning.ts';

test(
  'a repair makes both sides equal, with the values of the owner, and doing it again does nothing',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()], contacts: [contact()] }, ['listing']);
    const { compare, repair } = await connected(t, world);
    const [[home], [lead]] = [await world.keys('listing'), await world.keys('lead')];
    await world.correct('listing', home!, { listPrice: 475_000 });
    await world.correct('lead', lead!, { firstName: 'Anna' });

    const planned = await repair('listing', true);
    assert.deepEqual(
      planned.repairs.map(({ action }) => action),
      ['write-back'],
    );
    assert.equal((await compare('listing')).differing, 1);
    const done = await repair('listing', false);
    assert.deepEqual([done.corrected, done.writtenBack, done.leftAlone], [0, 1, 0]);
    await world.write();
    assert.equal((await compare('listing')).differing, 0);
    assert.equal(
      (await world.documents('properties')).some(({ price }) => price === 475_000),
      true,
    );

    assert.deepEqual(
      (await repair('lead', false)).repairs.map(({ action }) => action),
      ['correct'],
    );
    assert.equal((await compare('lead')).differing, 0);
    const repairs = (await world.events()).filter(({ type }) => type === 'ParityRepaired');
    assert.deepEqual(
      repairs.map(({ metadata }) => [metadata.actor.id, metadata.reason]),
      [
        ['me', 'Agents have moved'],
        ['me', 'Agents have moved'],
      ],
    );
    const before = (await world.events()).length;
    for (const type of ['listing', 'lead'] as const) assert.deepEqual((await repair(type, false)).repairs, []);
    assert.equal((await world.events()).length, before);
  },
);

test('a repair that was interrupted is completed by the next one, and recorded as one', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact(), contact()] }, []);
  const { repair } = await connected(t, world);
  const [first, ...others] = await world.keys('lead');
  for (const key of [first!, ...others]) await world.correct('lead', key, { firstName: 'Anna' });
  // It has noted all three, and corrected the first.
  const underWay = await beginRepair(world.db, world.store, 'lead', { ...because, correlationId: 'killed' });
  await underWay.begin([first!, ...others].map((recordKey) => ({ recordKey, action: 'correct' })));
  await world.correct('lead', first!, { firstName: 'Ana' });
  const recorded = async () =>
    (await world.events()).flatMap(({ type, event }) => (type === 'ParityRepaired' ? [event.data] : []));
  await repair('lead', false);
  const whole = { recordType: 'lead', owner: 'legacy', corrected: 3, writtenBack: 0, leftAlone: 0 };
  assert.deepEqual(await recorded(), [whole]);
  // It was killed after the event.
  await underWay.begin([{ recordKey: first!, action: 'correct' }]);
  await repair('lead', false);
  assert.deepEqual(await recorded(), [whole]);
});

test('a repair leaves alone what someone changes here at the same moment', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact()] }, []);
  const { deps, mongo, repair } = await connected(t, world);
  const [key] = await world.keys('lead');
  await world.correct('lead', key!, { firstName: 'Anna' });
  let reads = 0;
  const store: EventStore = {
    ...world.store,
    async *readStream(stream, from) {
      // The first time, it is compared.
      if (stream === `lead-${key}` && ++reads === 2) await world.correct('lead', key!, { firstName: 'Annika' });
      yield* world.store.readStream(stream, from);
    },
  };
  const options = { mapping: world.mapping, dryRun: false };
  const { repairs } = await repairParity({ ...deps, store }, mongo, 'lead', options, because);
  assert.deepEqual(
    repairs.map(({ action, why }) => [action, why]),
    [['none', 'someone changed it here in the same moment: repair again']],
  );
  assert.deepEqual((await repair('lead', false)).corrected, 1);
});

test('a repair that is stopped corrects no further record, and the next one does the rest', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact(), contact()] }, []);
  const { deps, mongo, repair } = await connected(t, world);
  for (const key of await world.keys('lead')) await world.correct('lead', key, { firstName: 'Anna' });
  const stop = new AbortController();
  let corrected = 0;
  const store = observedStore(world.store, () => {
    corrected++;
    stop.abort(new Error('stopped by SIGINT'));
  });
  const options = { mapping: world.mapping, dryRun: false, signal: stop.signal };
  await assert.rejects(repairParity({ ...deps, store }, mongo, 'lead', options, because), /stopped by SIGINT/);
  assert.equal(corrected, 1);
  await repair('lead', false);
  const recorded = (await world.events()).flatMap(({ type, event }) => (type === 'ParityRepaired' ? [event.data] : []));
  assert.deepEqual(recorded, [{ recordType: 'lead', owner: 'legacy', corrected: 3, writtenBack: 0, leftAlone: 0 }]);
  assert.equal((await repair('lead', true)).corrected, 0);
});

test('what an interrupted repair did is recorded for whoever asked for it', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact()] }, []);
  const { repair } = await connected(t, world);
  const [first, second] = await world.keys('lead');
  for (const key of [first!, second!]) await world.correct('lead', key, { firstName: 'Anna' });
  const dana = { ...because, actor: { kind: 'person', id: 'dana' }, reason: 'After the outage' } as const;
  const underWay = await beginRepair(world.db, world.store, 'lead', dana);
  await underWay.begin([first!, second!].map((recordKey) => ({ recordKey, action: 'correct' })));
  await world.correct('lead', first!, { firstName: 'Ana' });
  await repair('lead', false);
  const recorded = (await world.events()).flatMap(({ type, event, metadata }) =>
    type === 'ParityRepaired'
      ? [[metadata.actor.id, metadata.reason, (event.data as { corrected: number }).corrected]]
      : [],
  );
  assert.deepEqual(recorded.sort(), [
    ['dana', 'After the outage', 1],
    ['me', 'Agents have moved', 1],
  ]);
});

test('of two repairs at once, one waits for the other, and finds nothing left to do', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact(), contact()] }, []);
  const { repair } = await connected(t, world);
  for (const key of await world.keys('lead')) await world.correct('lead', key, { firstName: 'Anna' });
  const done = await Promise.all([repair('lead', false), repair('lead', false)]);
  assert.deepEqual(done.map(({ corrected }) => corrected).sort(), [0, 3]);
  const recorded = (await world.events()).flatMap(({ type, event }) => (type === 'ParityRepaired' ? [event.data] : []));
  assert.deepEqual(recorded, [{ recordType: 'lead', owner: 'legacy', corrected: 3, writtenBack: 0, leftAlone: 0 }]);
});

test(
  'a repair applies what an import that was killed had read: it is no correction of a person',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, []);
    const { deps, mongo, repair } = await connected(t, world);
    await world.edit('properties', {}, { price: 430_000, updatedAt: new Date('2025-03-01') });
    const dying: EventStore = {
      ...world.store,
      withPatience: () => dying,
      append: async () => await Promise.reject(new Error('killed')),
    };
    const options = { mapping: world.mapping, dryRun: false };
    await assert.rejects(repairParity({ ...deps, store: dying }, mongo, 'listing', options, because), /killed/);
    const before = (await world.events()).length;
    await repair('listing', false);
    assert.deepEqual(await world.types(before), ['ListPriceChanged', 'ParityRepaired']);
    const { rows } = await sql`select from ops.import_pending`.execute(world.db);
    assert.equal(rows.length, 0);
  },
);

test('a repair reads what changed in the old CRM, and leaves conflicts to a person', withMongo, async (t) => {
  const world = await owning(t, { properties: [property()], contacts: [contact({ bedsMin: 2 })] }, ['listing']);
  const { compare, repair } = await connected(t, world);
  const [home] = await world.keys('listing');
  await world.edit('contacts', {}, { bedsMin: 4 });
  await world.edit('properties', {}, { price: 430_000 });
  assert.deepEqual(
    (await repair('lead', false)).repairs.map(({ action }) => action),
    ['read'],
  );
  assert.equal((await compare('lead')).differing, 0);
  await world.correct('listing', home!, { publicRemarks: 'Quiet' });
  await repair('listing', false);
  await world.write();
  assert.equal((await world.documents('properties'))[0]!.price, 430_000);
  const { repairs } = await repair('listing', false);
  assert.deepEqual(
    repairs.map(({ action, why }) => [action, why?.startsWith('waits for the decision about conflict')]),
    [['none', true]],
  );
});
