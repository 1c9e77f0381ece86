import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { sql } from 'kysely';
import { BSON } from 'mongodb-legacy';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { idFromText, idText } from '../../../importers/mongo/id-order.ts';
import { importMongo } from '../../../importers/mongo/import-mongo.ts';
import { documentsById } from '../../../importers/mongo/read-documents.ts';
import { isUserError } from '../../../platform/errors.ts';
import { programArguments } from '../../support/bundle.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { startMongo } from '../../support/mongo/start-mongo.ts';
import { testOnBoth, withMongo } from '../../support/mongo-server.ts';
import { until } from '../../support/until.ts';
import { activity, assignment, contact, property, search, user } from '../support/documents.ts';
import { now, quarantined, streamsOf, type TestImporter, testImporter } from '../support/importer.ts';
import { intercepting } from '../support/intercepting.ts';
import { dropping, insert } from '../support/live.ts';

const importLive = ({ db, store }: TestImporter, url: string) =>
  importMongo({ db, store, clock: fixedClock(now) }, url, { patienceMs: 10_000 });

const crm = (buyers = 3) => {
  const agent = user();
  const contacts = Array.from({ length: buyers }, () => contact({ assignedTo: agent._id }));
  const [buyer] = contacts;
  return {
    users: [agent],
    contacts,
    properties: [property({ agentId: agent.email })],
    savedsearches: [search(buyer!._id)],
    leadassignments: [assignment(buyer!._id, agent._id, 'accepted', '2025-01-03')],
    activities: [activity(buyer!._id)],
  };
};

testOnBoth(
  'a live database and its dump give the same events, and each finds nothing new after the other',
  async (t, start) => {
    const mongo = await start(t);
    const documents = crm();
    await insert(mongo, documents);
    const live = await testImporter(t);
    const summary = await importLive(live, mongo.url);
    assert.deepEqual(summary.problems, []);
    const dumped = await testImporter(t);
    await dumped.import(documents);
    assert.deepEqual(await streamsOf(live.store), await streamsOf(dumped.store));
    assert.equal((await live.import(documents)).events, 0);
    assert.equal((await importLive(dumped, mongo.url)).events, 0);
  },
);

test('a live database has the latest values, even without a newer date', withMongo, async (t) => {
  const mongo = await startMongo(t);
  const home = property({ price: 400_000 });
  await insert(mongo, { properties: [home] });
  const live = await testImporter(t);
  await importLive(live, mongo.url);
  const properties = mongo.client.db().collection('properties');
  for (const price of [410_000, 400_000]) {
    await properties.updateOne({ mlsId: home.mlsId }, { $set: { price } });
    await importLive(live, mongo.url);
  }
  const types = await live.types();
  assert.deepEqual(types, ['ListingEntered', 'ListPriceChanged', 'ListPriceChanged']);
});

test('reading continues after any _id, of any type, and skips none', withMongo, async (t) => {
  const mongo = await startMongo(t);
  const { Binary, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } = BSON;
  const ids: unknown[] = [
    new MinKey(),
    17,
    17.5,
    Long.fromString('9007199254740993'),
    Decimal128.fromString('18.25'),
    '17',
    'abc',
    '64b0c0c0c0c0c0c0c0c0c0c0',
    { a: 1 },
    { a: '1' },
    new Binary(Buffer.from('17')),
    new ObjectId('64b0c0c0c0c0c0c0c0c0c0c0'),
    new ObjectId('64b0c0c0c0c0c0c0c0c0c0c1'),
    false,
    true,
    new Date(17),
    new Timestamp({ t: 17, i: 1 }),
    new MaxKey(),
  ];
  await mongo.client
    .db()
    .collection<{ _id: unknown }>('contacts')
    .insertMany(ids.map((_id) => ({ _id })) as never);
  const connected = await connectMongo(mongo.url);
  t.after(() => connected.close());
  const { signal } = new AbortController();
  const all: string[] = [];
  for (let after: unknown; ; ) {
    const page: string[] = [];
    for await (const { id } of documentsById(connected, 'contacts', { signal, after, limit: 1 })) {
      page.push(idText(connected.bson, id()));
    }
    if (page.length === 0) break;
    all.push(...page);
    assert.ok(all.length <= ids.length, `reads ${all.at(-1)} again`);
    after = idFromText(connected.bson, page.at(-1)!);
  }
  assert.equal(new Set(all).size, ids.length);
});

test('dropped connections do not end a pass, and lose nothing', withMongo, async (t) => {
  const mongo = await startMongo(t);
  await insert(mongo, crm(1_200));
  const proxy = await dropping(t, mongo.url, 100_000, 4);
  const live = await testImporter(t);
  const summary = await importLive(live, proxy.url);
  assert.equal(proxy.dropped(), 4);
  assert.equal(summary.collections.contacts?.applied, 1_200);
});

test('a pass that is killed continues where it was', withMongo, async (t) => {
  const mongo = await startMongo(t);
  await insert(mongo, crm(1_500));
  const live = await testImporter(t);
  const program = programArguments('tests/importers/support/import-once.ts');
  const child = spawn(process.execPath, [...program, live.databaseUrl, live.eventStoreUrl, mongo.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  const staged = async () => {
    if (child.exitCode !== null) throw new Error('the import ended before it was killed');
    const { rows } = await sql<{
      ready: boolean;
    }>`select to_regclass('ops.import_follow') is not null as ready`.execute(live.db);
    if (!rows[0]?.ready) return false;
    const { rows: contacts } = await sql`
      select from ops.import_follow where collection = 'contacts' and pass_after is not null`.execute(live.db);
    return contacts.length > 0;
  };
  await until('some contacts are staged', staged);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const summary = await importLive(live, mongo.url);
  assert.ok(summary.collections.contacts!.read < 1_500, 'reads only the rest');
  const undisturbed = await testImporter(t);
  await importLive(undisturbed, mongo.url);
  assert.deepEqual(await streamsOf(live.store), await streamsOf(undisturbed.store));
});

test(
  'after a stop for its quarantine, a pass reads what was corrected: the documents, or the mapping',
  withMongo,
  async (t) => {
    const stops = { quarantineLimit: { share: 0.2, least: 2 } };
    const importing = async (corrected: string) => {
      const mongo = await startMongo(t);
      await insert(mongo, {
        contacts: [contact(), ...[1, 2, 3].map(() => contact({ email: '?', mail: 'ana@example.com' }))],
      });
      const live = await testImporter(t);
      const deps = { db: live.db, store: live.store, clock: fixedClock(now) };
      await assert.rejects(importMongo(deps, mongo.url, stops), { code: 'quarantine-limit' });
      const { file } = await loadMapping();
      const leads = {
        ...file.leads!,
        fields: { ...file.leads!.fields, email: { from: [{ path: 'mail' }, { path: 'email' }] } },
      };
      if (corrected === 'documents')
        await mongo.client
          .db()
          .collection('contacts')
          .updateMany({ email: '?' }, { $set: { email: 'ana@example.com' } });
      const mapping = corrected === 'documents' ? {} : { mapping: compileMapping({ ...file, leads }) };
      const { collections } = await importMongo(deps, mongo.url, { ...stops, ...mapping });
      assert.equal(collections.contacts!.read, 4);
      assert.deepEqual(await quarantined(live.db), []);
    };
    await importing('documents');
    await importing('mapping');
  },
);

test(
  'a pass that one mapping began is not continued with another, whatever was followed meanwhile',
  withMongo,
  async (t) => {
    const mongo = await startMongo(t);
    const documents = crm();
    await insert(mongo, documents);
    const live = await testImporter(t);
    const { file } = await loadMapping();
    const lastName = { from: [{ path: 'surname' }] };
    const [first, second] = [
      compileMapping(file),
      compileMapping({ ...file, leads: { ...file.leads!, fields: { ...file.leads!.fields, lastName } } }),
    ];
    let onProperties = () => {};
    const url = await intercepting(t, mongo.url, ({ find, sort }) => {
      if (find === 'properties' && sort !== undefined) onProperties();
      return undefined;
    });
    const deps = () => ({ db: live.db, store: live.store, clock: fixedClock(new Date().toISOString()) });
    await importMongo(deps(), url, { mapping: first });
    const contacts = mongo.client.db().collection<{ _id: unknown }>('contacts');
    await contacts.updateMany({}, { $set: { firstName: 'Bea' } });
    const interrupting = new AbortController();
    onProperties = () => interrupting.abort();
    await assert.rejects(importMongo(deps(), url, { mapping: first, signal: interrupting.signal }));
    const { rows: begun } = await sql`
      select from ops.import_follow where collection = 'contacts' and pass_after is not null`.execute(live.db);
    assert.equal(begun.length, 1);
    const [changed] = documents.contacts;
    await contacts.updateOne({ email: changed!.email }, { $set: { firstName: 'Ana', updatedAt: new Date() } });
    onProperties = () => {};
    assert.ok((await followMongo(deps(), url, { mapping: second })).changed > 0);
    const { collections } = await importMongo(deps(), url, { mapping: second });
    assert.equal(collections.contacts!.read, documents.contacts.length);
  },
);

test(
  'a pass that stopped for its quarantine begins again by hand, whatever else failed meanwhile',
  withMongo,
  async (t) => {
    const mongo = await startMongo(t);
    await insert(mongo, { contacts: [contact(), ...[1, 2, 3].map(() => contact({ email: '?' }))] });
    const live = await testImporter(t);
    const deps = { db: live.db, store: live.store, clock: fixedClock(now) };
    const stops = { quarantineLimit: { share: 0.2, least: 2 } };
    await assert.rejects(importMongo(deps, mongo.url, stops), { code: 'quarantine-limit' });
    const progress = () => {
      throw new Error('it fails before it stops');
    };
    await assert.rejects(followMongo({ ...deps, progress }, mongo.url, stops), /fails before/);
    await mongo.client
      .db()
      .collection('contacts')
      .updateMany({ email: '?' }, { $set: { email: 'ana@example.com' } });
    const { collections } = await importMongo(deps, mongo.url, stops);
    assert.equal(collections.contacts!.read, 4);
    assert.deepEqual(await quarantined(live.db), []);
  },
);

const rejected = async (url: string): Promise<{ code: string; hint: string | undefined; message: string }> => {
  const error = await connectMongo(url).then(
    (mongo) => mongo.close(),
    (thrown: unknown) => thrown,
  );
  assert.ok(isUserError(error), String(error));
  return error;
};

test('an address without a database is rejected', async () => {
  assert.equal((await rejected('mongodb://127.0.0.1:1')).code, 'mongo-no-database');
});

test('a server that cannot be reached is named, without the password', async () => {
  const { code, message, hint } = await rejected(
    'mongodb://crm:secret@127.0.0.1:1/legacy?serverSelectionTimeoutMS=300',
  );
  assert.equal(code, 'mongo-unreachable');
  assert.match(message, /127\.0\.0\.1:1/);
  assert.doesNotMatch(`${message} ${hint}`, /secret/);
});

test('a server that goes away ends the pass with what to do, and everything staged is kept', withMongo, async (t) => {
  const mongo = await startMongo(t);
  await insert(mongo, crm(1_200));
  const live = await testImporter(t);
  const importing = importMongo(
    {
      db: live.db,
      store: live.store,
      clock: fixedClock(now),
      progress: () => ({ update: () => mongo.kill(), stop: () => {} }),
    },
    `${mongo.url}?serverSelectionTimeoutMS=200`,
  );
  const error = await importing.catch((thrown: unknown) => thrown);
  assert.ok(isUserError(error), String(error));
  assert.equal(error.code, 'mongo-unreachable');
});
