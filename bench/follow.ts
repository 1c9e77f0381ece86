import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { type AnyBulkWriteOperation, BSON, type Document, ObjectId } from 'mongodb-legacy';
import { connectEventStore } from '../eventstore/event-store.ts';
import { recordKeyOf } from '../importers/collections.ts';
import type { AnyDatabase } from '../importers/database.ts';
import type { Reference } from '../importers/legacy/fields/ids/reference.ts';
import { type FollowOptions, followMongo } from '../importers/mongo/following/follow.ts';
import { importMongo } from '../importers/mongo/import-mongo.ts';
import { waitsFor } from '../importers/staging/references/waits-for.ts';
import { openDatabase } from '../platform/database/database.ts';
import { embeddedEventStore } from '../tests/support/event-store/test-event-store.ts';
import { isMongoInstalled, startMongo } from '../tests/support/mongo/start-mongo.ts';
import { testPostgres } from '../tests/support/postgres/test-postgres.ts';
import type { BenchOptions } from './run.ts';
import { type CpuTime, cpuTime } from './support/cpu-time.ts';

export const description =
  'following a live MongoDB of which little changes, at two sizes (--documents 200000); needs the test server';

/** Changed documents are among these, which come first; the others only lie there. */
const imported = 2_000;

/**
 * Follows a collection of listings on a MongoDB-compatible server (tests/support/mongo/install.sh) that has been imported, with 0, 10
 * and 1,000 documents changed since the last look, and with a new agent for whom ten listings wait; then a sweep for deletions, and two comparisons of all contents: the first
 * looks documents up, the second hashes pages that have not changed. First with a tenth of the documents, then with all: `growth`
 * is how many times more processor time openhouse and PostgreSQL need then. The first 2,000
 * documents are imported; the ledger of the others is filled in SQL with rows of the same form, because appending their events
 * takes much longer than what is measured. Of every 20 listings, one waits for an agent who is not there; as many alerts wait for
 * their search, and as many documents are in quarantine.
 *
 * The test server has no index for ranges of dates, so that the wall-clock time (`seconds`) contains its looking at every document.
 */
export const run = async ({ args, progress }: BenchOptions): Promise<object> => {
  const { values } = parseArgs({ args, options: { documents: { type: 'string', default: '200000' } } });
  const documents = Number(values.documents);
  if (!(documents >= 10 * imported)) throw new Error(`--documents must be a number of at least ${10 * imported}`);
  if (!isMongoInstalled)
    throw new Error('there is no MongoDB-compatible test server: run tests/support/mongo/install.sh');
  const atEnd: (() => unknown)[] = [];
  const mongo = await startMongo({ after: (work) => void atEnd.unshift(work) }, { memory: '6g' });
  const postgres = await testPostgres({ durable: true });
  const server = await embeddedEventStore(postgres.url);
  const store = connectEventStore(server.url);
  const { db, close } = openDatabase<unknown>(postgres.url, { applicationName: 'bench follow', max: 10 });
  const homes = mongo.client.db().collection('properties');
  const agents = mongo.client.db().collection('users');
  const deps = { db, store, clock: { now: () => new Date() } };
  const cpu = () => cpuTime(process.pid, postgres.pid);
  const follow = async (options: FollowOptions = {}) => {
    const [started, before] = [performance.now(), cpu()];
    const rarely = { sweepEveryMs: 1e12, compareEveryMs: 1e12 };
    const { changed, events, deleted } = await followMongo(deps, mongo.url, { ...rarely, ...options });
    // A run compares for 20 seconds at most, and the next one continues.
    while (await isComparing()) await followMongo(deps, mongo.url, rarely);
    const seconds = Math.round(performance.now() - started) / 1000;
    return { changed, events, deleted, seconds, cpuMs: cpuMs(before, cpu()) };
  };
  const isComparing = async () => {
    const { rows } = await sql<{ yes: boolean }>`
      select exists (select from ops.import_follow where sweep_after is not null) as yes`.execute(db);
    return rows[0]!.yes;
  };
  const look = async (count: number) => {
    const at = new Date();
    const writes = Array.from(
      { length: count },
      (_, n): AnyBulkWriteOperation<Document> => ({
        updateOne: {
          filter: { _id: idOf(n) },
          update: { $set: { price: 500_000 + (at.getTime() % 1e5), updatedAt: at } },
        },
      }),
    );
    if (count > 0) await homes.bulkWrite(writes, { ordered: false });
    return await follow({ lagMs: 0 });
  };
  const agentArrives = async (n: number) => {
    const at = new Date();
    await agents.insertOne({ ...agent(n), createdAt: at, updatedAt: at });
    return await follow({ lagMs: 0 });
  };
  const measure = async (nth: number) => ({
    nothingChanged: await look(0),
    tenChanged: await look(10),
    thousandChanged: await look(1_000),
    agentArrives: await agentArrives(nth),
    sweep: await follow({ lagMs: 0, sweepEveryMs: 0 }),
    firstComparison: await follow({ lagMs: 0, compareEveryMs: 0 }),
    comparison: await follow({ lagMs: 0, compareEveryMs: 0 }),
  });
  try {
    progress(`importing ${imported} documents`);
    await insert(homes, 0, imported);
    await agents.insertOne(agent(0));
    await importMongo(deps, mongo.url, {});
    await look(1); // warm
    const sizes = [documents / 10, documents].map(Math.round);
    const measured: Awaited<ReturnType<typeof measure>>[] = [];
    let there = imported;
    for (const size of sizes) {
      progress(`filling up to ${size} documents`);
      const from = there;
      await Promise.all([
        db.transaction().execute(async (transaction) => {
          // Without triggers: as after an import of them, nothing is marked.
          await sql`set local session_replication_role = replica`.execute(transaction);
          await fill(transaction, from, size);
        }),
        insert(homes, from, size),
      ]);
      there = size;
      await sql`
        vacuum analyze ops.import_document, ops.import_identity, ops.import_record, ops.import_alert_sent, ops.quarantine`.execute(
        db,
      );
      progress(`following ${size} documents`);
      measured.push(await measure(measured.length + 1));
    }
    const [less, more] = measured as [(typeof measured)[0], (typeof measured)[0]];
    const growth = Object.fromEntries(
      (Object.keys(more) as (keyof typeof more)[]).map((name) => [
        name,
        less[name].cpuMs === undefined ? null : Math.round((more[name].cpuMs! / less[name].cpuMs!) * 10) / 10,
      ]),
    );
    return {
      documents: sizes,
      growth,
      [String(sizes[0])]: less,
      [String(sizes[1])]: more,
    };
  } finally {
    await Promise.all([close(), store.close()]);
    await server.close();
    await postgres.close();
    for (const work of atEnd) await work();
  }
};

const cpuMs = (since: CpuTime | undefined, until: CpuTime | undefined): number | undefined =>
  since && until && Math.round((until.client - since.client + until.postgres - since.postgres) / 1000);

const long = Date.parse('2020-01-01T00:00:00Z') / 1000;
const idOf = (n: number): ObjectId => new ObjectId((long + n).toString(16) + '0'.repeat(16));
const mlsNumber = (n: number): string => `RX-${20_000_000 + n}`;
const [createdAt, updatedAt] = [new Date('2024-01-01T00:00:00Z'), new Date('2024-06-01T00:00:00Z')];

const agent = (n: number) => ({
  _id: agentId(n),
  name: 'Maria Garcia',
  email: `maria${n}@example.com`,
  roles: ['agent'],
  active: true,
  createdAt,
  updatedAt,
});
/** Numbers from here on are of agents who never come. */
const agents = 100;
const agentId = (n: number): ObjectId => new ObjectId((long + n).toString(16) + 'a'.repeat(16));

/** One of this many listings waits for an agent; as many alerts wait, and as many documents are in quarantine. */
const every = 20;
/** This many listings wait for each agent who comes. */
const awaited = 10;

const home = (n: number) => ({
  _id: idOf(n),
  mlsId: mlsNumber(n),
  status: 'Active',
  price: 300_000 + (n % 1_000),
  address: `${n + 1} Main St, Boca Raton, FL 33432`,
  description: 'A home with a view. '.repeat(10),
  // Listings that are imported and never change wait for the agents who come.
  ...(n >= 1_000 && n < 1_000 + 2 * awaited ? { agentId: agentId(1 + (n % 2)) } : {}),
  createdAt,
  updatedAt,
});

const batches = function* (from: number, to: number, size: number): Generator<number[]> {
  for (let at = from; at < to; at += size) yield Array.from({ length: Math.min(size, to - at) }, (_, n) => at + n);
};

const insert = async (homes: { insertMany(documents: object[]): Promise<unknown> }, from: number, to: number) => {
  for (const batch of batches(from, to, 5_000)) await homes.insertMany(batch.map(home));
};

/** Rows as importing these documents leaves them, made from those of the first document. */
const fill = async (db: AnyDatabase, from: number, to: number): Promise<void> => {
  const [first, firstKey] = [idOf(1).toHexString(), recordKeyOf('properties', idOf(1).toHexString())];
  const number = mlsNumber(1).replace(/\D/g, '');
  for (const batch of batches(from, to, 20_000)) {
    const ids = batch.map((n) => idOf(n).toHexString());
    const waiting = batch.flatMap((n, at) => {
      if (n % every !== 0) return [];
      const [agent, search]: Reference[] = [
        `id:${agentId(agents + n).toHexString()}`,
        `id:${agentId(n).toHexString()}`,
      ];
      const listing: Reference = `id:${ids[at]!}`;
      return {
        id: ids[at]!,
        agent,
        search,
        listing,
        forAgent: waitsFor({ users: agent }),
        forSearch: waitsFor({ savedsearches: search, properties: listing }),
      };
    });
    const waitingRows = sql`json_to_recordset(${JSON.stringify(waiting)}::json) as x (
      id text, agent text, search text, listing text, "forAgent" bigint[], "forSearch" bigint[])`;
    const rows = sql`unnest(
      ${ids}::text[], ${ids.map((id) => recordKeyOf('properties', id))}::text[],
      ${batch.map((n) => hash('sha1', BSON.serialize(home(n)), 'base64'))}::text[],
      ${batch.map((n) => mlsNumber(n).replace(/\D/g, ''))}::text[]) as x (id, key, hash, number)`;
    const replaced = (text: string) =>
      sql`replace(replace(replace(${sql.ref(text)}::text, ${first}, x.id), ${firstKey}, x.key), ${number}, x.number)`;
    await sql`
      insert into ops.import_document select made.* from ops.import_document d, ${rows}, json_populate_record(d,
        json_build_object('legacy_id', x.id, 'content_hash', x.hash, 'record_key', x.key,
          'payload', ${replaced('d.payload')}::json, 'identities', to_json(${replaced('d.identities')}::text[]))) as made
      where d.collection = 'properties' and d.legacy_id = ${first}`.execute(db);
    await sql`
      insert into ops.import_identity (collection, identity, legacy_id)
      select d.collection, unnest(d.identities), d.legacy_id from ops.import_document d
      where d.collection = 'properties' and d.legacy_id = any (${ids}::text[])`.execute(db);
    await sql`
      insert into ops.import_record select made.* from ops.import_record r, ${rows}, json_populate_record(r,
        json_build_object('record_key', x.key, 'applied', ${replaced('r.applied')}::json)) as made
      where r.aggregate = 'listing' and r.record_key = ${firstKey}`.execute(db);
    await sql`
      update ops.import_document d set agent_ref = x.agent, unresolved = array[x.agent], waits_for = x."forAgent"
      from ${waitingRows} where d.collection = 'properties' and d.legacy_id = x.id`.execute(db);
    await sql`
      insert into ops.import_alert_sent (legacy_id, search_ref, listing_ref, sent_at, waits_for)
      select id, search, listing, ${updatedAt}::timestamptz, "forSearch" from ${waitingRows}`.execute(db);
    await sql`
      insert into ops.quarantine (collection, document_key, legacy_id, place, code, path, reason, raw, content_hash, first_seen_at,
        last_seen_at)
      select 'properties', 'content:' || id, null, 'properties', 'id-missing', '_id', 'The document has no _id.', '{}', id,
        ${updatedAt}::timestamptz, ${updatedAt}::timestamptz
      from ${waitingRows}`.execute(db);
  }
};
