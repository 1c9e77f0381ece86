import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { changeOwnership } from '../../../commands/ownership/change-ownership.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { loadOwnerships } from '../../../importers/differences/ownerships.ts';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { noteOwnChanges } from '../../../importers/owned/writing/note-own-changes.ts';
import { withImportLease } from '../../../importers/running/import-run.ts';
import { userError } from '../../../platform/errors.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property, user } from '../support/documents.ts';
import { insert } from '../support/live.ts';
import { because, connected, missingIn } from './both-sides.ts';
import { type Owning, owning } from './owning.ts';

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

test(
  'a type is handed over only when both sides agree, and is handed back when all is written',
  withMongo,
  async (t) => {
    const world = await owning(t, { properties: [property()] }, []);
    const { compare, hand } = await connected(t, world);
    const [key] = await world.keys('listing');
    // Deletions of leads that wait for a person are not about listings.
    const waitingIn = (collection: string, count: number) =>
      sql`insert into ops.import_follow (source, collection, gone_waiting) values (${world.mongo.url}, ${collection}, ${count})
        on conflict (source, collection) do update set gone_waiting = excluded.gone_waiting`.execute(world.db);
    await waitingIn('contacts', 3);
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

test('a cutover that is stopped when the type may already be handed over says so', withMongo, async (t) => {
  const world = await owning(t, { users: [user()], properties: [property()] }, []);
  const mongo = await connectMongo(world.mongo.url);
  t.after(() => mongo.close());
  const { db, mapping } = world;
  const controller = new AbortController();
  const options = {
    mapping,
    dryRun: false,
    acceptDifferences: false,
    signal: controller.signal,
    follow: world.followed,
  };
  const said: string[] = [];
  const deps = { db, clock: { now: () => new Date() }, say: (text: string) => said.push(text) };
  const answerLost: EventStore = {
    ...world.store,
    async append(...append) {
      await world.store.append(...append);
      controller.abort(new Error('stopped by SIGINT'));
      throw controller.signal.reason;
    },
  };
  await assert.rejects(cutOver({ ...deps, store: answerLost }, mongo, 'listing', 'openhouse', options, because), {
    code: 'interrupted',
    message: 'stopped while the listings were being handed over',
    hint: /`openhouse ownership` shows whether they were/,
  });
  // And once the event is on record, what fails after it does not hide that.
  const unreadable: EventStore = {
    ...world.store,
    async *readAll() {
      if (asked++ === 1) throw new Error('the event store went away');
      yield* world.store.readAll();
    },
  };
  let asked = 0;
  const back = { ...options, signal: new AbortController().signal };
  const handed = await cutOver({ ...deps, store: unreadable }, mongo, 'listing', 'legacy', back, because);
  assert.equal(handed.done, true, JSON.stringify(handed.checks));
  assert.match(said.at(-1)!, /the last changes here could not be looked up: the event store went away/);
});
