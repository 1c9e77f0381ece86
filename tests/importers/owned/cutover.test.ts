import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { observedStore } from '../../../eventstore/observed-store.ts';
import { loadOwnerships } from '../../../importers/differences/ownerships.ts';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { compareSides } from '../../../importers/owned/parity.ts';
import { repairParity } from '../../../importers/owned/repair.ts';
import { beginRepair } from '../../../importers/owned/repair-under-way.ts';
import { noteOwnChanges } from '../../../importers/owned/writing/note-own-changes.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { userError } from '../../../platform/errors.ts';
import { lastComparisons } from '../../../queries/importing/last-comparisons.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property, user } from '../support/documents.ts';
import { byPerson } from '../support/importer.ts';
import { insert } from '../support/live.ts';
import { type Owning, owning } from './owning.ts';

const because = { ...byPerson, reason: 'Agents have moved' };

/** The checks that did not hold. */
const missingIn = ({ checks }: Awaited<ReturnType<typeof cutOver>>): string[] =>
  checks.filter(({ ok }) => !ok).map(({ what }) => what);

const connected = async (t: TestContext, world: Owning) => {
  const mongo = await connectMongo(world.mongo.url);
  t.after(() => mongo.close());
  const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
  return {
    deps,
    mongo,
    compare: (type: 'listing' | 'lead' | 'agent') => compareSides(deps, mongo, type, { mapping: world.mapping }),
    repair: (type: 'listing' | 'lead' | 'agent', dryRun: boolean) =>
      repairParity(deps, mongo, type, { mapping: world.mapping, dryRun }, because),
    hand: (
      owner: 'legacy' | 'openhouse',
      {
        acceptDifferences = false,
        dryRun = false,
        follow = world.followed as Parameters<typeof cutOver>[4]['follow'],
      } = {},
    ) => {
      const options = { mapping: world.mapping, dryRun, acceptDifferences, follow };
      return cutOver(deps, mongo, 'listing', owner, options, because);
    },
  };
};

test('a type is handed over while no import runs: the cutover waits for one', withMongo, async (t) => {
  const world = await owning(t, { users: [user()], properties: [property()] }, []);
  const { hand } = await connected(t, world);
  let over = false;
  const importing = await withImportLease(
    world.db,
    new AbortController().signal,
    () => {},
    async () => {
      const cutover = hand('openhouse').then((result) => {
        over = true;
        return result;
      });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      assert.equal(over, false);
      assert.equal(
        (await loadOwnerships(world.store)).find(({ recordType }) => recordType === 'listing')?.owner,
        'legacy',
      );
      return { cutover };
    },
  );
  const { done, checks } = await importing.cutover;
  assert.ok(done, JSON.stringify(checks.filter(({ ok }) => !ok)));
});

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

test(
  'a type is handed over only when both sides agree, and is handed back when all is written',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, []);
    const { compare, hand } = await connected(t, world);
    const [key] = await world.keys('listing');
    await world.correct('listing', key!, { listPrice: 475_000 });
    const stopped = await hand('openhouse');
    assert.deepEqual([stopped.done, missingIn(stopped)], [false, ['records that differ']]);
    assert.equal((await hand('openhouse', { acceptDifferences: true })).done, true);
    // Also while changes wait to be written: there is nothing to hand over.
    assert.deepEqual(await hand('openhouse'), { checks: [], done: false, already: true });
    assert.equal((await loadOwnerships(world.store)).find(({ recordType }) => recordType === 'listing')!.by, 'me');
    const { done, checks } = await hand('legacy');
    assert.equal(done, false);
    // What is of use only in the other direction is not advised.
    assert.match(checks.find(({ what }) => what === 'records that differ')!.toDo!, /parity listing` .* --repair/);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await compare('listing')).differing, 0);
    assert.equal((await hand('legacy')).done, true);
    assert.equal(await world.follow(), 0);
  },
);

test(
  'a change is written if openhouse owned its type when it was made, or has taken it over since, whoever owns it when it is noted',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()] }, []);
    const [one, other] = await world.keys('listing');
    const written = async () => (await world.write()).written;
    const prices = async () => (await world.documents('properties')).map(({ price }) => price).sort();
    for (const note of [async () => {}, () => noteOwnChanges(world.db, world.store, new Date())]) {
      await world.correct('listing', one!, { listPrice: 475_000 });
      await note();
      await changeOwnership(world.store, 'listing', 'openhouse', because);
      assert.ok((await written()) > 0);
      assert.deepEqual(await prices(), [450_000, 475_000]);

      await world.correct('listing', one!, { listPrice: 480_000 });
      await note();
      await changeOwnership(world.store, 'listing', 'legacy', because);
      await world.correct('listing', other!, { listPrice: 500_000 });
      await note();
      assert.equal(await written(), 1);
      assert.deepEqual(await prices(), [450_000, 480_000]);
      assert.equal(await written(), 0);
      await world.correct('listing', other!, { listPrice: 450_000 });
    }
  },
);

test(
  'what is changed here between the last check and the moment in which a type goes back is written, and reported',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()] }, ['listing']);
    const [key] = await world.keys('listing');
    const { deps, mongo, compare } = await connected(t, world);
    const store: EventStore = {
      ...world.store,
      append: async (stream, expected, events) => {
        if (stream === 'ownership-listing') await world.correct('listing', key!, { listPrice: 475_000 });
        return await world.store.append(stream, expected, events);
      },
    };
    const options = { mapping: world.mapping, dryRun: false, acceptDifferences: false, follow: world.followed };
    const { done, changedLast } = await cutOver({ ...deps, store }, mongo, 'listing', 'legacy', options, because);
    assert.deepEqual([done, changedLast], [true, 1]);
    await world.follow();
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await compare('listing')).differing, 0);
    assert.equal(await world.follow(), 0);
  },
);

test('what is in quarantine is listed by a command that names the record type', withMongo, async (t) => {
  const world = await owning(t, { properties: [property(), property({ status: 'Actve' })] }, []);
  const { hand } = await connected(t, world);
  const { checks } = await hand('openhouse', { dryRun: true });
  const advice = checks.find(({ what }) => what === 'documents in quarantine')?.toDo;
  assert.match(advice ?? '', /^`openhouse quarantine list --collection listings` /);
});

test(
  'a cutover first reads what has changed in the old CRM, and a dry run says that it did not',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()] }, []);
    const { hand } = await connected(t, world);
    await world.edit('properties', {}, { price: 475_000 });
    await insert(world.mongo, { properties: [property({ price: 530_000 })] });
    const before = (await world.events()).length;
    const planned = await hand('openhouse', { dryRun: true });
    assert.equal((await world.events()).length, before);
    assert.deepEqual(planned.checks[0], {
      what: 'changes in the old CRM',
      ok: true,
      found: 'not read by a dry run; a cutover reads them first',
      toDo: null,
    });
    assert.deepEqual(missingIn(planned), ['records that differ']);
    const notRead = ({ checks }: typeof planned) => checks.find(({ what }) => what === 'documents not read yet')!;
    assert.equal(notRead(planned).found, '1; a cutover reads them first');
    const unread = await hand('openhouse', { acceptDifferences: true, follow: async () => ({ read: 0, changed: 0 }) });
    assert.deepEqual([unread.done, missingIn(unread), notRead(unread).found], [false, ['documents not read yet'], '1']);

    const [, other] = await world.documents('properties');
    await world.edit('properties', { _id: other!._id }, { updatedAt: new Date(), lastSeenBy: 'dana' });
    const { done, checks } = await hand('openhouse');
    assert.deepEqual([done, checks[0]!.found], [true, '3 documents read just now, 2 new or changed']);
    const said = JSON.stringify((await world.events()).map(({ event }) => event.data));
    for (const price of [475_000, 530_000]) assert.match(said, new RegExp(`"listPrice":${price}`));
    assert.equal(await world.follow(), 0);
  },
);

test(
  'a document that was deleted shortly before a cutover stops it until a second sweep confirms the deletion',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property(), property()] }, []);
    const { hand } = await connected(t, world);
    await world.mongo.client.db().collection('properties').deleteOne({});
    assert.deepEqual(missingIn(await hand('openhouse')), ['documents that the last sweep did not find']);
    assert.equal((await hand('openhouse')).done, true);
    assert.ok((await world.types()).includes('StandardStatusChanged'));
  },
);

test(
  'a type is not handed over when its last changes cannot be read, and the message says what to do',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, []);
    const { hand } = await connected(t, world);
    await insert(world.mongo, { contacts: Array.from({ length: 60 }, () => contact({ email: 'nobody' })) });
    const { done, checks } = await hand('openhouse');
    assert.equal(done, false);
    assert.equal(checks.length, 1);
    assert.match(checks[0]!.found, /^could not be read: /);
    assert.match(checks[0]!.toDo!, /accept-quarantine/);
    assert.equal(
      (await loadOwnerships(world.store)).find(({ recordType }) => recordType === 'listing')!.owner,
      'legacy',
    );
  },
);

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

test('a comparison that is stopped compares no further record', withMongo, async (t) => {
  const world = await owning(t, { contacts: [contact(), contact(), contact()] }, []);
  const { deps, mongo } = await connected(t, world);
  for (const key of await world.keys('lead')) await world.correct('lead', key, { firstName: 'Anna' });
  const stop = new AbortController();
  let [read, compared] = [0, 0];
  const readStream: typeof world.store.readStream = (...args) => {
    if (++read === 3) stop.abort(new Error('stopped by SIGINT'));
    return world.store.readStream(...args);
  };
  const onDiffering = async () => void compared++;
  const options = { mapping: world.mapping, signal: stop.signal, onDiffering };
  const store = { ...world.store, readStream };
  await assert.rejects(compareSides({ ...deps, store }, mongo, 'lead', options), /stopped by SIGINT/);
  assert.deepEqual([read, compared], [3, 0]);
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

test('handing a type to the side that already owns it changes nothing, and says so', withMongo, async (t) => {
  const world = await owning(t, { properties: [property()] }, ['listing']);
  const { hand } = await connected(t, world);
  assert.deepEqual(await hand('openhouse'), { checks: [], done: false, already: true });
  assert.deepEqual(await hand('openhouse', { dryRun: true }), { checks: [], done: false, already: true });
});

test(
  'a cutover that is stopped while it reads the last changes or compares hands nothing over',
  withMongo,
  async (t) => {
    const world = await owning(t, { users: [user()], properties: [property()] }, []);
    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const { db, store, mapping } = world;
    const stopped = async (at: (stop: () => void) => { follow?: Owning['followed']; now?: () => Date }) => {
      const controller = new AbortController();
      const { follow = world.followed, now = () => new Date() } = at(() =>
        controller.abort(new Error('stopped by SIGINT')),
      );
      const options = { mapping, dryRun: false, acceptDifferences: true, signal: controller.signal, follow };
      await assert.rejects(cutOver({ db, store, clock: { now } }, mongo, 'listing', 'openhouse', options, because));
      assert.equal(controller.signal.aborted, true);
      const { owner } = (await loadOwnerships(store)).find(({ recordType }) => recordType === 'listing')!;
      assert.equal(owner, 'legacy');
    };
    await stopped((stop) => ({
      follow: async () => {
        stop();
        throw userError('the event store cannot be reached', { code: 'event-store-unreachable' });
      },
    }));
    // Comparing begins by asking for the time.
    await stopped((stop) => ({
      now: () => {
        stop();
        return new Date();
      },
    }));
  },
);
