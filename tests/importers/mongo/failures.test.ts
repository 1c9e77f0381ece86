import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { asMongoError, explainMongoError } from '../../../importers/mongo/explain-error.ts';
import { type FollowOptions, followMongo } from '../../../importers/mongo/following/follow.ts';
import { most } from '../../../importers/mongo/following/gather.ts';
import { importMongo } from '../../../importers/mongo/import-mongo.ts';
import { isUserError, type UserError } from '../../../platform/errors.ts';
import { readFollowing } from '../../../queries/importing/following.ts';
import { testSeed } from '../../support/fast-check.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, property } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';
import { type Command, intercepting, type Trouble } from '../support/intercepting.ts';
import { insert } from '../support/live.ts';

/** A server with some documents, and a proxy before it that makes trouble once it is told to. */
const troubled = async (t: TestContext, listings = 2) => {
  const mongo = await startMongo(t);
  await insert(mongo, { contacts: [contact()], properties: Array.from({ length: listings }, () => property()) });
  const importer = await testImporter(t);
  const { db, store } = importer;
  let trouble: (command: Command) => Trouble = () => undefined;
  const deps = () => ({ db, store, clock: fixedClock(new Date().toISOString()) });
  const through = await intercepting(t, mongo.url, (command) => trouble(command));
  const url = (settings = '', user = '') => through.replace('mongodb://', `mongodb://${user}`) + settings;
  const follow = (address = url(), options: FollowOptions = {}) =>
    followMongo(deps(), address, { patienceMs: 10_000, ...options });
  return {
    db,
    mongo,
    url,
    follow,
    importAll: () => importMongo(deps(), url(), { patienceMs: 10_000 }),
    make: (wanted: (command: Command) => Trouble) => {
      trouble = wanted;
    },
    /** Follows, which has to fail. */
    failing: async (address = url()): Promise<UserError> => {
      const error = await follow(address).catch((thrown: unknown) => thrown);
      assert.ok(isUserError(error), String(error));
      assert.match(error.message, /127\.0\.0\.1/);
      assert.ok(error.hint, 'says what to do');
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
      return error;
    },
    /** What people see of it. */
    seen: async () => (await readFollowing(db, { now: new Date(), mongoUrl: url() }))!,
    problemOf: async (name: string) => {
      const { collections } = (await readFollowing(db, { now: new Date(), mongoUrl: url() }))!;
      return collections.find(({ collection }) => collection === name)!.problem;
    },
    addListing: () => insert(mongo, { properties: [property({ updatedAt: new Date() })] }),
  };
};

const onFind = (trouble: Trouble) => (command: Command) => ('find' in command ? trouble : undefined);

test(
  'the error for a user without rights names what to grant, and following continues once that is granted',
  withMongo,
  async (t) => {
    const world = await troubled(t);
    await world.follow();
    await world.addListing();
    world.make(onFind({ code: 13, errmsg: 'not authorized on legacy to execute command { find: "contacts" }' }));
    const error = await world.failing();
    assert.equal(error.code, 'mongo-forbidden');
    assert.match(error.hint!, /grantRolesToUser/);
    assert.equal((await world.seen()).failure?.code, 'mongo-forbidden');
    world.make(() => undefined);
    assert.equal((await world.follow()).changed, 1);
    assert.equal((await world.seen()).failure, null);
  },
);

test(
  'changes that are too many for one round are found in any order where the server cannot sort so many without an index',
  withMongo,
  async (t) => {
    const world = await troubled(t);
    await world.follow();
    const { documents } = most;
    t.after(() => {
      most.documents = documents;
    });
    most.documents = 500;
    const homes = Array.from({ length: 600 }, () => property({ updatedAt: new Date() }));
    await insert(world.mongo, { properties: [...homes, property({ updatedAt: new Date().toISOString() })] });
    let refused = 0;
    world.make(({ find, sort }) => {
      if (find === undefined || !JSON.stringify(sort ?? {}).includes('updatedAt')) return undefined;
      refused++;
      return {
        code: 96,
        errmsg:
          'Executor error during find command: OperationFailed: Sort operation used more than the maximum 33554432 bytes of RAM. Add an index, or specify a smaller limit.',
      };
    });
    assert.equal((await world.follow()).changed, 601);
    assert.ok(refused > 0);
    assert.equal((await world.follow()).changed, 0);
  },
);

test(
  'a collection that the user may not read does not stop the others, and is followed once the user may read it',
  withMongo,
  async (t) => {
    const world = await troubled(t);
    world.make((command) =>
      command.find === 'contacts' ? { code: 13, errmsg: 'not authorized on legacy' } : undefined,
    );
    await world.follow();
    await world.addListing();
    assert.equal((await world.follow()).changed, 1);
    const { collections } = await world.seen();
    const { problem } = collections.find(({ collection }) => collection === 'contacts')!;
    assert.match(problem!, /may not read this collection/);
    world.make(() => undefined);
    assert.equal((await world.follow()).changed, 1);
    assert.deepEqual(
      (await world.seen()).collections.map((each) => each.problem),
      [null, null],
    );
  },
);

test(
  'a query that fails only affects its collection: the others are followed, and so is this one',
  withMongo,
  async (t) => {
    const world = await troubled(t);
    await world.follow();
    const troubles: Trouble[] = [
      { code: 175, errmsg: 'collection renamed from legacy.contacts to legacy.contacts_old' },
      { code: 50, errmsg: 'operation exceeded time limit' },
      { code: 43, errmsg: 'cursor id 17 not found' },
      { code: 13, errmsg: 'not authorized on legacy' },
      'silence',
    ];
    for (const trouble of troubles) {
      await world.addListing();
      await insert(world.mongo, { contacts: [contact({ updatedAt: new Date() })] });
      world.make(({ find, filter }) =>
        find === 'contacts' && Object.keys(filter ?? {}).length > 0 ? trouble : undefined,
      );
      assert.equal((await world.follow(world.url('?socketTimeoutMS=1000'))).changed, 1, JSON.stringify(trouble));
      assert.match((await world.problemOf('contacts'))!, /127\.0\.0\.1/);
      world.make(() => undefined);
      assert.equal((await world.follow()).changed, 1, JSON.stringify(trouble));
      assert.equal(await world.problemOf('contacts'), null);
    }
  },
);

test('a view is followed like a collection, though it has no indexes', withMongo, async (t) => {
  const world = await troubled(t);
  world.make((command) =>
    'listIndexes' in command ? { code: 166, errmsg: 'Namespace legacy.contacts is a view' } : undefined,
  );
  await world.follow();
  await world.addListing();
  assert.equal((await world.follow(world.url(), { sweepEveryMs: 0 })).changed, 1);
  assert.deepEqual([await world.problemOf('contacts'), await world.problemOf('properties')], [null, null]);
});

test('a server that goes away at any moment of a run loses no change and no record', withMongo, async (t) => {
  const world = await troubled(t);
  await world.follow();
  const options = { sweepEveryMs: 0, compareEveryMs: 0 };
  for (let [at, isOver] = [testSeed() % 6, false]; !isOver; at += 6) {
    await world.addListing();
    let asked = 0;
    world.make((command) => ('isMaster' in command || 'hello' in command || asked++ < at ? undefined : 'hang up'));
    const away = await world
      .follow(world.url('?serverSelectionTimeoutMS=100'), options)
      .catch((error: unknown) => error);
    isOver = asked <= at;
    assert.equal(isUserError(away), !isOver, String(away));
    world.make(() => undefined);
    const { changed, deleted, deletionsWaiting } = await world.follow(world.url(), options);
    assert.deepEqual([changed + ((away as { changed?: number }).changed ?? 0), deleted, deletionsWaiting], [1, 0, 0]);
  }
});

test(
  'of a record type in two collections, the one that the user may read is followed, and nothing counts as deleted',
  withMongo,
  async (t) => {
    const world = await troubled(t, 6);
    const { file } = await loadMapping();
    const collections = [{ name: 'contacts' }, { name: 'properties' }];
    const mapping = compileMapping({ ...file, listings: { ...file.listings!, collections }, leads: undefined });
    const sweeping = { mapping, sweepEveryMs: 0, quarantineLimit: { share: 1, least: 0 } };
    await world.follow(world.url(), sweeping);
    world.make((command) =>
      command.find === 'contacts' ? { code: 13, errmsg: 'not authorized on legacy' } : undefined,
    );
    await world.addListing();
    assert.equal((await world.follow(world.url(), sweeping)).changed, 1);
    for (let sweep = 0; sweep < 3; sweep++) {
      const { deleted, deletionsWaiting } = await world.follow(world.url(), sweeping);
      assert.deepEqual({ deleted, deletionsWaiting }, { deleted: 0, deletionsWaiting: 0 });
    }
  },
);

test('a wrong password is named as such, and never shown', withMongo, async (t) => {
  const world = await troubled(t);
  world.make((command) =>
    'saslStart' in command ? { code: 18, errmsg: 'Authentication failed. (crm:secret)' } : undefined,
  );
  const error = await world.failing(world.url('?authSource=admin&authMechanism=SCRAM-SHA-1', 'crm:secret@'));
  assert.equal(error.code, 'mongo-authentication');
  const { rows } = await sql<{
    all: string;
  }>`select row_to_json(s)::text as all from ops.import_follow_source s`.execute(world.db);
  assert.doesNotMatch(JSON.stringify(rows), /secret/);
});

test('reports a server that does not answer in time as slow', withMongo, async (t) => {
  const world = await troubled(t);
  await world.follow();
  world.make(onFind('silence'));
  assert.equal((await world.failing(world.url('?socketTimeoutMS=2000'))).code, 'mongo-slow');
});

test('reports an election as the cause, and following continues after it', withMongo, async (t) => {
  const world = await troubled(t);
  await world.follow();
  await world.addListing();
  world.make(onFind({ code: 10107, errmsg: 'not primary' }));
  assert.equal((await world.failing()).code, 'mongo-no-primary');
  world.make(() => undefined);
  assert.equal((await world.follow()).changed, 1);
});

test('a server that goes away and comes back is followed from where it was', withMongo, async (t) => {
  const world = await troubled(t);
  await world.follow();
  await world.addListing();
  world.make(() => 'hang up');
  assert.equal((await world.failing(world.url('?serverSelectionTimeoutMS=300'))).code, 'mongo-unreachable');
  world.make(() => undefined);
  assert.equal((await world.follow()).changed, 1);
});

test(
  'a connection that breaks does not end a pass, and is never taken for one to another server',
  withMongo,
  async (t) => {
    const world = await troubled(t, 2_500);
    let breaks = 2;
    world.make((command) => ('getMore' in command && breaks-- > 0 ? 'reset' : undefined));
    const { collections, problems } = await world.importAll();
    assert.deepEqual(problems, []);
    assert.equal(breaks < 2, true, 'the connection broke');
    assert.equal(collections.properties?.applied, 2_500);
    // The driver passes some of them on as they are.
    const raw = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    assert.equal(explainMongoError(asMongoError(raw), 'the old CRM')?.code, 'mongo-unreachable');
    const other = Object.assign(new Error('x'), { code: 'EACCES' });
    assert.equal(asMongoError(other), other);
  },
);

test('a cursor that expires or is killed does not end a pass, and nothing is read twice', withMongo, async (t) => {
  const world = await troubled(t, 2_500);
  const codes = [43, 237, 10107, 11602];
  world.make((command) => {
    const code = 'getMore' in command ? codes.shift() : undefined;
    return code === undefined ? undefined : { code, errmsg: 'cursor id 17 not found' };
  });
  const { collections, problems } = await world.importAll();
  assert.deepEqual(problems, []);
  assert.equal(codes.length < 4, true, 'the cursor expired');
  assert.deepEqual([collections.properties?.read, collections.properties?.applied], [2_500, 2_500]);
});
