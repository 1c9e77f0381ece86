import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { openDatabase } from '../../../platform/database/database.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import type { TestMongo } from '../../support/mongo/start-mongo.ts';
import { sharedMongo, withMongo } from '../../support/mongo-server.ts';
import { until } from '../../support/until.ts';
import { activity, alertSent, contact, property, search, user } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';
import { insert } from '../support/live.ts';

test(
  'a round of following reads as many rows of every table, however many documents are on file',
  withMongo,
  async (t) => {
    const [few, many] = [await rowsReadInARound(t, 100), await rowsReadInARound(t, 600)];
    const grown = Object.entries(many).filter(
      // Of those, there are as many as types of events; the event store counts them some time later.
      ([place, rows]) => rows > (few[place] ?? 0) + 50 && !place.startsWith('eventstore.event_types'),
    );
    assert.deepEqual(Object.fromEntries(grown), {});
  },
);

/** Imports a database, changes ten documents in it, and follows: how many rows that reads of each table or index. */
const rowsReadInARound = async (t: TestContext, size: number): Promise<Readonly<Record<string, number>>> => {
  const mongo = await sharedMongo();
  const { db, store, databaseUrl } = await testImporter(t);
  // PostgreSQL counts what a connection read when that ends, or some time later.
  const follow = async () => {
    const { db: own, close } = openDatabase<unknown>(databaseUrl, { applicationName: 'a round' });
    await followMongo({ db: own, store, clock: fixedClock(new Date().toISOString()) }, mongo.url, {
      patienceMs: 60_000,
      lagMs: 0,
      sweepEveryMs: 1e9,
      compareEveryMs: 1e9,
    }).finally(close);
    await until('its connections to end', async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and application_name = 'a round'`.execute(db);
      return rows.length === 0;
    });
  };
  const changed = await fill(mongo, size);
  await follow();
  // Rows that are gone would be read until they are vacuumed.
  await sql`vacuum analyze`.execute(db);
  const name = sql.id(new URL(databaseUrl).pathname.slice(1));
  // In small tables it takes less time to read them whole; what counts is whether a large one would have to be.
  for (const way of ['seqscan', 'hashjoin', 'mergejoin'])
    await sql`alter database ${name} set ${sql.raw(`enable_${way}`)} = off`.execute(db);
  for (const cost of ['cpu_tuple_cost', 'cpu_index_tuple_cost'])
    await sql`alter database ${name} set ${sql.raw(cost)} = 1`.execute(db);
  const round = async () => {
    for (const [collection, _id] of changed)
      await mongo.client
        .db()
        .collection<{ _id: number }>(collection)
        .updateOne({ _id }, { $set: { note: String(Math.random()), updatedAt: new Date() } });
    await follow();
  };
  await round();
  const before = await rowsRead(db);
  await round();
  const after = await rowsRead(db);
  return Object.fromEntries([...after].map(([place, rows]) => [place, rows - (before.get(place) ?? 0)]));
};

const fill = async (mongo: TestMongo, size: number): Promise<readonly (readonly [string, number])[]> => {
  const each = <Document>(count: number, make: (n: number) => Document) =>
    Array.from({ length: count }, (_, n) => make(n));
  const users = each(10, () => user());
  const contacts = each(size, (n) => contact({ _id: n, agentId: users[n % 10]!._id }));
  const properties = each(size, (n) => property({ _id: n }));
  const savedsearches = each(size, (n) => search(n, { _id: n }));
  const activities = each(size, (n) => activity(n));
  const alerts_sent = each(size, (n) => alertSent(n, n));
  // A fifth as many wait for a document that is not there, or are in quarantine.
  const some = size / 5;
  contacts.push(...each(some, (n) => contact({ _id: size + n, agentId: users[0]!._id, assignedTo: user()._id })));
  savedsearches.push(...each(some, (n) => search(10_000 + n, { _id: size + n })));
  properties.push(...each(some, (n) => property({ _id: size + n, status: null })));
  alerts_sent.push(...each(some, (n) => alertSent(20_000 + n, n)));
  await insert(mongo, { users, contacts, properties, savedsearches, activities, alerts_sent });
  return [
    ...[1, 2, 3, 4].map((n) => ['contacts', n] as const),
    ...[1, 2, 3, 4].map((n) => ['properties', n] as const),
    ...[1, 2].map((n) => ['savedsearches', n] as const),
  ];
};

const rowsRead = async (db: Kysely<unknown>): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await sql<{ place: string; rows: number }>`
    select schemaname || '.' || relname as place, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int as rows from pg_stat_user_tables
    union all
    select schemaname || '.' || indexrelname, idx_tup_read::int from pg_stat_user_indexes`.execute(db);
  return new Map(rows.map(({ place, rows }) => [place, rows]));
};
